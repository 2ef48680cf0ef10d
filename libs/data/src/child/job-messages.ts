/**
 * What a job in a child process and its parent say to each other, over Node's IPC with structured clone:
 *
 *   parent                                   child
 *     | -- { type: 'start', input } ---------> |
 *     | <-------- { type: 'progress', value }  |   any number of times
 *     | <-- { type: 'done', result } or        |
 *     |     { type: 'failed', error }          |   exactly once; then the child ends
 *
 * The child ends by itself when the channel closes: a job never outlives the process that asked for it.
 */
export type ToJob = { readonly type: 'start'; readonly input: unknown };

export type FromJob =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: JobFailure };

/** An error on its way from process to process: what `AppError` and its subclasses are made from. */
export interface JobFailure {
  readonly kind: 'poison' | 'transient' | 'infrastructure' | 'other';
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
  readonly stack?: string;
}

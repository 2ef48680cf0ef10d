/** Where people meet a code. */
export type ErrorPlace =
  | 'RECORD'
  | 'RESPONSE'
  | 'WARNING'
  | 'SUSPICION'
  | 'REFUSAL'
  | 'HTTP'
  | 'CLI'
  | 'INFRASTRUCTURE'
  | 'PROCESS';

export interface ErrorCode {
  readonly places: readonly ErrorPlace[];
  readonly cause: string;
  /** What to do next. */
  readonly fix: string;
}

type Row = readonly [cause: string, fix: string, ...alsoIn: ErrorPlace[]];

/** Codes of one place, `CODE: [cause, fix, ...other places]`. */
export function codesOf<const R extends Readonly<Record<string, Row>>>(
  place: ErrorPlace,
  rows: R,
): { readonly [K in keyof R]: ErrorCode } {
  const entries = Object.entries(rows).map(([code, [cause, fix, ...alsoIn]]) => [
    code,
    { places: [place, ...alsoIn], cause, fix },
  ]);
  return Object.fromEntries(entries) as { readonly [K in keyof R]: ErrorCode };
}

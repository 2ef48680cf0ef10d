import type { Received } from '@millrace/messaging';

/** What the gateway shows about one thing. Folded from facts, never from another service's tables. */
export type ViewBody = Readonly<Record<string, unknown>>;

export type ViewKind =
  | 'source'
  | 'dataset'
  | 'verdict'
  | 'expectations'
  | 'run'
  | 'model'
  | 'endpoint'
  | 'release'
  | 'learner'
  | 'quarantine'
  | 'risk'
  | 'policy'
  | 'approval'
  | 'window'
  | 'quality'
  | 'alert'
  | 'trigger'
  | 'command';

/** A pure step of a view: the body before (or null) and one fact give the body after. */
export interface Projection {
  readonly kind: ViewKind;
  /** Id of the row that this fact changes; null when it changes none. */
  idOf(event: Received<unknown>): string | null;
  /** The fact's place in the life of its aggregate: a fact not beyond the last one applied is a repeat. Null = applied always. */
  versionOf(event: Received<unknown>): number | null;
  apply(body: ViewBody | null, event: Received<unknown>): ViewBody;
}

/** Where a statement in a view comes from. */
export const sourceOf = (event: Received<unknown>) => ({
  topic: event.topic,
  partition: event.partition,
  offset: event.offset,
});

export const recordName = (event: Received<unknown>): string => event.record.slice(event.record.lastIndexOf('.') + 1);

import type { Received } from '@millrace/messaging';

/** One row of a view: what the gateway shows about one thing. Folded from facts, never from another service's tables. */
export interface ViewRow {
  readonly kind: ViewKind;
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type ViewKind = 'source' | 'dataset' | 'run' | 'model' | 'endpoint' | 'release' | 'quarantine' | 'command';

/** A pure step of a view: the row before (or null) and one fact give the row after (or null = unchanged). */
export interface Projection {
  readonly kind: ViewKind;
  /** Id of the row that this fact changes; null when it changes none. */
  idOf(event: Received<unknown>): string | null;
  apply(body: Readonly<Record<string, unknown>> | null, event: Received<unknown>): Record<string, unknown>;
}

/** Where a statement in a view comes from. */
export const sourceOf = (event: Received<unknown>) => ({
  topic: event.topic,
  partition: event.partition,
  offset: event.offset,
});

export const recordName = (event: Received<unknown>): string => event.record.slice(event.record.lastIndexOf('.') + 1);

import type { AnyRecordSchema, Service, TopicDefinition } from '@millrace/contracts';

/**
 * What a service consumes and emits, as data: checked against its handlers at start, and the source of its access list.
 * Topics of sources and endpoints come and go; they are consumed through lanes and named in the service's README.
 */
export interface Flow {
  readonly service: Service;
  readonly consumes: readonly FlowInput[];
  readonly emits: readonly AnyRecordSchema[];
}

export interface FlowInput {
  readonly topic: TopicDefinition;
  readonly mode: 'outbox' | 'fold' | 'broadcast';
  /** Types that are handled; others on the topic are skipped. */
  readonly records: readonly AnyRecordSchema[];
  /** Broadcast only: from the first record (state that must be complete) or from the end (answers awaited). */
  readonly from?: 'first' | 'end';
  /** Services whose signature a command may bear; records without a good one go to the dead letters. */
  readonly signedBy?: readonly Service[];
}

/** One record as a handler gets it. */
export interface Received<T> {
  readonly data: T;
  /** Full record name. */
  readonly record: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, milliseconds since 1970: the time of sending. */
  readonly timestamp: number;
  readonly key: string | null;
  /** `ce_id`, or topic/partition/offset where there is none. */
  readonly id: string;
  /** The same for everything that one cause set off; the record's own id where it began. */
  readonly correlationId: string;
  readonly causationId: string | null;
  /** Only on commands whose signature was good. */
  readonly actor: string | null;
  readonly traceparent: string | null;
}

/** What a new record answers: its causation id becomes `id`, the correlation id is inherited. */
export type Cause = Pick<Received<unknown>, 'id' | 'correlationId' | 'traceparent'>;

/** Pattern of the one handler that folds whole batches of a topic. */
export const foldOf = (topic: { readonly name: string }): string => `fold:${topic.name}`;

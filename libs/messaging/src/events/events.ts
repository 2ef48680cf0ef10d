import { DeadLetter, type PoisonError, type RecordSchema, type TopicDefinition, topicOf } from '@millrace/contracts';
import type { Outbox, OutboxRow } from '@millrace/persistence';
import { deadLetterId, deadLetterOf } from '../dead-letters/dead-letter';
import { controlEventId } from '../envelope';
import type { Cause } from '../flow/flow';
import type { KafkaRecord } from '../records/record-cursor';
import type { RecordEncoder } from './record-encoder';

export interface PublishOptions {
  /** `ce_id`: chosen from the cause, never at random on a retry. */
  readonly id: string;
  readonly cause?: Cause;
  /** Needed for record types that several topics carry. */
  readonly topic?: TopicDefinition;
}

export interface Keyed<T> {
  readonly key: string;
  readonly data: T;
}

/** How a service with a database says something: into the outbox, in the unit of work that changes its state. */
export class Events {
  constructor(
    private readonly outbox: Outbox,
    private readonly encoder: RecordEncoder,
    private readonly clock: { now(): number },
  ) {}

  /**
   * A fact about an aggregate. Its id is UUIDv5(topic, aggregate id, aggregate version), so a repeat after a crash has the
   * same id and readers drop it.
   */
  async append<T extends { aggregateVersion: number }>(
    record: RecordSchema<T>,
    aggregateId: string,
    data: T,
    cause: Cause,
  ): Promise<void> {
    const topic = topicOf(record);
    const id = controlEventId(topic.name, aggregateId, data.aggregateVersion);
    await this.publish(record, aggregateId, data, { id, cause, topic });
  }

  /** A record that is no fact of an aggregate: a job assignment, a dead letter. */
  publish<T>(record: RecordSchema<T>, key: string, data: T, options: PublishOptions): Promise<void> {
    return this.publishAll(record, [{ key, data, ...options }]);
  }

  /** A record that cannot be processed, whole, to the dead letters of a service; the same record has the same id. */
  bury(record: KafkaRecord, error: PoisonError, topic: TopicDefinition): Promise<void> {
    const key = record.key?.toString('utf8') ?? '';
    const letter = deadLetterOf(record, error, this.clock.now());
    return this.publish(DeadLetter, key, letter, { id: deadLetterId(record), topic });
  }

  /** Many of one kind at once: they leave in this order. */
  async publishAll<T>(record: RecordSchema<T>, items: readonly (PublishOptions & Keyed<T>)[]): Promise<void> {
    const rows: OutboxRow[] = [];
    for (const { key, data, id, cause, topic = topicOf(record) } of items) {
      const encoded = await this.encoder.encode({ record, topic, key, data, id, cause, time: this.clock.now() });
      rows.push({ eventId: id, ...encoded });
    }
    await this.outbox.add(rows);
  }
}

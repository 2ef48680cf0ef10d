import type { UnitOfWork } from '../unit-of-work';

/** Where a record was read. */
export interface RecordPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Remembers which events a consumer has worked on, so that a redelivered one has no second effect. */
export class Inbox {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * False when the consumer has had this event. Commits with the effect, inside the current unit of work; a second transaction
   * with the same event waits for the first to end.
   */
  async tryInsert(consumer: string, eventId: string, at: RecordPosition): Promise<boolean> {
    const inserted: unknown[] = await this.unitOfWork.manager.query(
      `INSERT INTO inbox (consumer, event_id, topic, partition, record_offset) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [consumer, eventId, at.topic, at.partition, at.offset],
    );
    return inserted.length === 1;
  }

  /** Forgets what was received before; choose a time older than anything the topics still hold. Returns how many. */
  async prune(before: Date): Promise<number> {
    const [, count]: [unknown, number] = await this.unitOfWork.manager.query(
      'DELETE FROM inbox WHERE received_at < $1',
      [before],
    );
    return count;
  }
}

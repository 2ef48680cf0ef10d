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

  /** The lowest offset that is remembered of each partition. */
  async oldest(): Promise<RecordPosition[]> {
    const rows: { topic: string; partition: number; offset: string }[] = await this.unitOfWork.run((manager) =>
      manager.query(
        'SELECT topic, partition, min(record_offset) AS "offset" FROM inbox GROUP BY topic, partition ORDER BY topic, partition',
      ),
    );
    return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
  }

  /** Forgets the events of a partition below an offset: those that its topic no longer holds cannot come again. Returns how many. */
  async prune({ topic, partition, offset }: RecordPosition): Promise<number> {
    return this.unitOfWork.run(async (manager) => {
      const [, count]: [unknown, number] = await manager.query(
        'DELETE FROM inbox WHERE topic = $1 AND partition = $2 AND record_offset < $3',
        [topic, partition, offset],
      );
      return count;
    });
  }
}

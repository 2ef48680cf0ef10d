import { AppError } from '@millrace/contracts';
import type { UnitOfWork } from '../unit-of-work';

/** Another process has moved the position: this one no longer owns the partition and must stop working on it. */
export class FencedError extends AppError {
  constructor(message: string, context: Record<string, unknown>) {
    super({ code: 'POSITION_FENCED', message, retriable: false, context });
  }
}

/** Offsets of fold mode, kept beside the state they belong to, so that both move in one transaction. */
export class Positions {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** Next offset to read, by partition; partitions never read are absent. */
  async load(consumer: string, topic: string): Promise<Map<number, number>> {
    const rows: { partition: number; next_offset: string }[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT partition, next_offset FROM positions WHERE consumer = $1 AND topic = $2', [
        consumer,
        topic,
      ]),
    );
    return new Map(rows.map((row) => [row.partition, Number(row.next_offset)]));
  }

  /**
   * Moves a position inside the current unit of work, by compare-and-set: a zombie that read `from` before somebody else moved on
   * gets a {@link FencedError} and its whole transaction rolls back. A partition without a position takes any `from`.
   */
  async advance(consumer: string, topic: string, partition: number, from: number, to: number): Promise<void> {
    const moved: unknown[] = await this.unitOfWork.manager.query(
      `INSERT INTO positions (consumer, topic, partition, next_offset) VALUES ($1, $2, $3, $5)
       ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
         WHERE positions.next_offset = $4
       RETURNING 1`,
      [consumer, topic, partition, from, to],
    );
    if (moved.length === 1) return;
    throw new FencedError(
      `${consumer} no longer owns ${topic}/${partition}: its position is not ${from} any more, another process moved it. Stop this partition and load the position again.`,
      { consumer, topic, partition, from, to },
    );
  }

  /**
   * Lets a partition be read again from its start, inside the current unit of work, together with what forgets what was folded.
   * Whoever works on it meanwhile is fenced. A partition that was never read stays so.
   */
  async rewind(consumer: string, topic: string, partition: number): Promise<void> {
    await this.unitOfWork.manager.query(
      'UPDATE positions SET next_offset = 0 WHERE consumer = $1 AND topic = $2 AND partition = $3',
      [consumer, topic, partition],
    );
  }
}

import type { Positions } from '@millrace/persistence';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { BatchFold, type BatchFoldOptions } from './batch-fold';
import { FoldPositions, isFenced } from './fold-positions';
import { GroupReader } from './group-reader';
import type { FetchedPartition } from './kafka-ports';
import type { WorkContext } from './partition-loop';

export interface FoldConsumerOptions extends BatchFoldOptions {
  readonly group: string;
  readonly positions: Positions;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
}

/**
 * Fold mode: one Postgres transaction per fetched batch writes state and position. The position is moved by
 * compare-and-set, which fences zombies, and reading begins at the stored position, never at the group's offset (that one
 * is committed for lag displays only).
 */
export class FoldConsumer {
  private readonly reader: GroupReader;
  private readonly where: FoldPositions;
  private readonly folding: BatchFold;

  constructor(options: FoldConsumerOptions) {
    this.where = new FoldPositions(options);
    this.folding = new BatchFold(options, this.where);
    this.reader = new GroupReader({
      ...options,
      topics: this.folding.topics,
      startAt: (partition, token) => this.where.startAt(partition, token),
      work: (batch, context) => this.work(batch, context),
    });
  }

  start(): Promise<void> {
    return this.reader.start();
  }

  stop(): Promise<void> {
    return this.reader.stop();
  }

  get isMember(): boolean {
    return this.reader.isMember;
  }

  private async work(batch: FetchedPartition, context: WorkContext): Promise<number> {
    try {
      const next = await this.folding.take(batch, context);
      await this.where.show(batch, next, context.token);
      return next;
    } catch (error) {
      if (!isFenced(error)) throw error;
      // Somebody else moved on: go to where they are.
      return (await this.where.stored(batch)) ?? batch.fetchOffset;
    }
  }
}

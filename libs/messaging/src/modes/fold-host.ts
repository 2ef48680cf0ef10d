import { crashPoint, type Logger } from '@millrace/contracts';
import type { Positions, UnitOfWork } from '@millrace/persistence';
import type { OffsetRange } from '../rebuild/read-ranges';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { FoldPositions, isFenced } from './fold-positions';
import { GroupReader } from './group-reader';
import type { Hosted } from './host-board';
import type { FetchedPartition, KafkaClient } from './kafka-ports';
import type { MessagingEvents } from './messaging-events';
import type { WorkContext } from './partition-loop';

/** What is made of topics in fold mode, without what reads them: a FoldHost, or a rebuild. */
export interface Fold<Prepared, Folded = void> {
  readonly group: string;
  readonly topics: readonly string[];
  /** Before the transaction, once for each batch: reads the records, decodes, looks up. Read the cursor here only. */
  readonly prepare: (batch: FetchedPartition, signal: AbortSignal) => Promise<Prepared>;
  /**
   * Inside the transaction that moves the position as well. May run again with the same input when transactions conflict, and
   * after a crash with the same records.
   */
  readonly fold: (prepared: Prepared) => Promise<Folded>;
  /** After the commit, with what the run that was committed has returned: metrics, logs, what is kept in memory. */
  readonly folded?: (prepared: Prepared, result: Folded) => void;
  /**
   * Only when tables are rebuilt: told the partitions whose beginning is gone, it may put into the tables what is known of them from
   * elsewhere. Returns from where on each is left to fold; before what is still there: nothing is known of what lies between.
   */
  readonly resume?: (trimmed: readonly OffsetRange[], signal: AbortSignal) => Promise<readonly OffsetRange[]>;
}

export interface FoldHostOptions<Prepared, Folded = void> extends Fold<Prepared, Folded> {
  readonly client: KafkaClient;
  readonly unitOfWork: UnitOfWork;
  readonly positions: Positions;
  /** What keeps it from going on right now; null when it goes on. */
  readonly onTrouble: (error: Error | null) => void;
  readonly lifecycle: MessagingEvents;
  readonly now: () => number;
  readonly logger: Logger;
}

/**
 * Fold mode over topics that come and go, such as those of an endpoint, whose records are not control events: one Postgres
 * transaction per fetched batch writes what was made of it and its position (see FoldConsumer for the static topics).
 * A batch that fails is read again for ever: bury in `prepare` what cannot be read.
 */
export class FoldHost<Prepared, Folded = void> implements Hosted {
  private readonly reader: GroupReader;
  private readonly where: FoldPositions;
  private readonly watchdog: ProgressWatchdog;

  constructor(private readonly options: FoldHostOptions<Prepared, Folded>) {
    const { client, group, topics, onTrouble, logger, now } = options;
    this.where = new FoldPositions(options);
    this.watchdog = new ProgressWatchdog(now);
    this.reader = new GroupReader({
      client,
      group,
      topics,
      onTrouble,
      logger,
      watchdog: this.watchdog,
      startAt: (partition, token) => this.where.startAt(partition, token),
      work: (batch, context) => this.work(batch, context),
    });
  }

  start(): Promise<void> {
    return this.reader.start();
  }

  /** Ends the batches in hand, then leaves the group. */
  stop(): Promise<void> {
    return this.reader.stop();
  }

  /** A reason for not being ready: lag that does not move. */
  trouble(): string | null {
    return this.watchdog.stalled();
  }

  private async work(batch: FetchedPartition, { token, signal }: WorkContext): Promise<number> {
    const { lifecycle, now } = this.options;
    const { topic, fetchOffset: from, nextOffset: to } = batch;
    const began = now();
    try {
      await foldBatch(this.options, batch, this.where, this.options.unitOfWork, signal);
    } catch (error) {
      if (!isFenced(error)) throw error;
      // Somebody else moved on: go to where they are.
      return (await this.where.stored(batch)) ?? from;
    }
    const seconds = (now() - began) / 1000;
    lifecycle.emit('handled', { topic, record: '*', mode: 'fold', records: to - from, seconds });
    await this.where.show(batch, to, token);
    return to;
  }
}

/** One batch with its position in one transaction. @throws FencedError when somebody else has moved the position */
export async function foldBatch<Prepared, Folded>(
  { prepare, fold, folded }: Fold<Prepared, Folded>,
  batch: FetchedPartition,
  where: FoldPositions,
  unitOfWork: UnitOfWork,
  signal: AbortSignal,
): Promise<void> {
  const prepared = await prepare(batch, signal);
  const result = await unitOfWork.run(async () => {
    const made = await fold(prepared);
    await where.advance(batch, batch.fetchOffset, batch.nextOffset);
    crashPoint('fold.before-commit');
    return made;
  });
  crashPoint('fold.after-commit');
  folded?.(prepared, result);
}

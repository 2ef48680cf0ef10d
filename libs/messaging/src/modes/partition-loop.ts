import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { MemberToken, OwnedPartition } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { FetchedPartition, KafkaClient, PartitionReader } from './kafka-ports';
import { waitMs } from './retry-policy';

/** What work on a batch may ask and say while it lasts. */
export interface WorkContext {
  /** Of the generation in which the partition was assigned. */
  readonly token: MemberToken;
  /** Aborted when the partition is revoked: finish what cannot be undone and return. */
  readonly signal: AbortSignal;
  /** What keeps this partition from going on right now; null when it goes on. */
  readonly trouble: (error: Error | null) => void;
  /** Next offset to be worked on: tells the watchdog that the partition moves. */
  readonly reached: (offset: number) => void;
}

export interface PartitionWork {
  /** Where to begin on a partition that was just assigned. */
  readonly startAt: (partition: OwnedPartition, token: MemberToken) => Promise<number | 'start'>;
  /**
   * Works on one fetched batch; the next one is fetched when it has resolved.
   * @returns the offset to go on from. Work that throws is done again from the batch's first record.
   */
  readonly work: (batch: FetchedPartition, context: WorkContext) => Promise<number>;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
  readonly logger: Logger;
}

/** Each partition has a socket of its own, so nothing waits behind its long poll, and an idle one costs a request in 5 s. */
export const LONG_POLL_MS = 5_000;

/** Fetch, work, fetch: one partition from its assignment to its revocation, for ever whatever goes wrong. */
export class PartitionLoop {
  private readonly stopping = new AbortController();
  private readonly reader: PartitionReader;
  private readonly running: Promise<void>;
  private unreachable = false;

  constructor(
    client: KafkaClient,
    private readonly partition: OwnedPartition,
    private readonly token: MemberToken,
    private readonly options: PartitionWork,
  ) {
    this.reader = client.partitionReader({
      topic: partition.topic,
      maxWaitMs: LONG_POLL_MS,
      onTrouble: (error) => this.reached(error),
      onAnswer: () => this.reached(null),
    });
    this.running = this.run();
  }

  /** Resolves when nothing works on this partition any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.reader.close();
    this.options.watchdog.forget(this.partition.topic, this.partition.partition);
    this.options.onTrouble(null);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { topic, partition } = this.partition;
    let from: number | 'start' | null = null;
    for (let failures = 0; !signal.aborted; ) {
      try {
        from ??= await this.begin();
        this.reader.assign(topic, partition, from);
        for (; !signal.aborted; failures = 0) {
          const batches = await this.reader.fetch(signal);
          if (batches.length === 0 && !this.unreachable) this.options.onTrouble(null);
          for (const batch of batches) {
            from = batch.fetchOffset;
            from = await this.workOn(batch);
            if (from !== batch.nextOffset) this.reader.seek(topic, partition, from);
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        this.failed(error as Error);
        await sleep(waitMs(failures++), undefined, { signal }).catch(() => {});
      }
    }
  }

  private async begin(): Promise<number | 'start'> {
    const from = await this.options.startAt(this.partition, this.token);
    this.options.onTrouble(null);
    return from;
  }

  /** The reader tries for ever by itself; its answers end its own troubles only, not those of the work. */
  private reached(error: Error | null): void {
    if (error !== null || this.unreachable) this.options.onTrouble(error);
    this.unreachable = error !== null;
  }

  private async workOn(batch: FetchedPartition): Promise<number> {
    const { topic, partition } = this.partition;
    const { watchdog, onTrouble, work } = this.options;
    const context: WorkContext = {
      token: this.token,
      signal: this.stopping.signal,
      trouble: (error) => {
        onTrouble(error);
        // What is known to be in the way is reported as such; a restart would not help.
        if (error) watchdog.forget(topic, partition);
      },
      reached: (offset) => watchdog.observe(topic, partition, offset, batch.lastStableOffset),
    };
    context.reached(batch.fetchOffset);
    const next = await work(batch, context);
    context.reached(next);
    context.trouble(null);
    return next;
  }

  private failed(error: Error): void {
    const { topic, partition } = this.partition;
    this.options.onTrouble(error);
    this.options.watchdog.forget(topic, partition);
    this.options.logger.warn({ topic, partition, reason: error.message }, 'A batch failed, reading it again');
  }
}

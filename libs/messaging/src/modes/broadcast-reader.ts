import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, type Logger, PoisonError } from '@millrace/contracts';
import type { ControlReader } from '../events/control-reader';
import type { Received } from '../flow/flow';
import type { FetchedPartition, KafkaClient, KafkaRecord, PartitionReader } from './kafka-ports';
import { workOnRecord } from './retry-policy';

export interface BroadcastReaderOptions {
  readonly client: KafkaClient;
  readonly topic: string;
  /** `first`: complete state, ready when the end as of the start was reached. `end`: only what comes, ready at once. */
  readonly from: 'first' | 'end';
  readonly reader: ControlReader;
  readonly handle: (received: Received<unknown>, record: KafkaRecord) => Promise<void> | void;
  /** What cannot be decoded or applied: it is skipped, because every process reads it. */
  readonly onPoison: (record: KafkaRecord, error: PoisonError) => Promise<void>;
  readonly onTrouble: (error: Error | null) => void;
  readonly now: () => number;
  readonly logger: Logger;
}

const RETRY_MS = 500;
const CATCH_UP_POLL_MS = 10;

/** Broadcast mode: every process reads every record of a topic into memory. No group, no offsets, no database. */
export class BroadcastReader {
  private readonly stopping = new AbortController();
  private readonly partitions: PartitionReader;
  private awaited: Map<number, number> | null = null;
  /** Next offset that was not handled yet; the reader's own position runs ahead while a batch is in hand. */
  private readonly handled = new Map<number, number>();
  private running: Promise<void> = Promise.resolve();
  private fetchedAt = 0;
  private markReady: () => void = () => {};
  /** Resolves when the state is complete. */
  readonly whenReady = new Promise<void>((resolve) => {
    this.markReady = resolve;
  });

  constructor(private readonly options: BroadcastReaderOptions) {
    this.partitions = options.client.partitionReader({ topic: options.topic });
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.partitions.close();
  }

  get ready(): boolean {
    return this.awaited !== null && this.awaited.size === 0;
  }

  /** Milliseconds since 1970 of the last answer of the broker: older means that the state may be out of date. */
  get lastFetchAt(): number {
    return this.fetchedAt;
  }

  /**
   * Resolves when everything that is on the topic at the call has been handled: what a new owner of a partition needs,
   * so that it does not decide by older state than the owner before.
   * @throws InfrastructureError BROADCAST_BEHIND
   */
  async catchUp(timeoutMs = 5_000): Promise<void> {
    const { client, topic, now } = this.options;
    const ends = await client.admin.endOffsets(topic, 'committed');
    const until = now() + timeoutMs;
    const behind = () => !this.ready || [...ends].some(([partition, end]) => this.handledTo(partition) < end);
    while (behind()) {
      if (now() > until || this.stopping.signal.aborted)
        throw new InfrastructureError({
          code: 'BROADCAST_BEHIND',
          message: `${topic} could not be read to its end within ${timeoutMs} ms: waiting for the broker.`,
        });
      await sleep(CATCH_UP_POLL_MS);
    }
  }

  private handledTo(partition: number): number {
    return this.handled.get(partition) ?? this.partitions.position(this.options.topic, partition);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.awaited === null) await this.begin();
        const batches = await this.partitions.fetch(signal);
        for (const batch of batches) await this.take(batch);
        this.fetchedAt = this.options.now();
        this.options.onTrouble(null);
        this.checkReady();
      } catch (error) {
        if (signal.aborted) return;
        this.options.onTrouble(error as Error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  private async begin(): Promise<void> {
    const { client, topic, from } = this.options;
    const ends = await client.admin.endOffsets(topic, 'committed');
    const starts = await client.admin.startOffsets(topic);
    for (const [partition, end] of ends) {
      const first = from === 'first' ? (starts.get(partition) ?? 0) : end;
      this.partitions.assign(topic, partition, first);
      this.handled.set(partition, first);
    }
    const toRead = from === 'first' ? [...ends].filter(([partition, end]) => end > (starts.get(partition) ?? 0)) : [];
    this.awaited = new Map(toRead);
  }

  private checkReady(): void {
    if (this.awaited === null) return;
    for (const [partition, end] of this.awaited) if (this.handledTo(partition) >= end) this.awaited.delete(partition);
    if (this.awaited.size === 0) this.markReady();
  }

  private async take(batch: FetchedPartition): Promise<void> {
    const { reader, handle, onPoison, onTrouble } = this.options;
    while (batch.records.next()) {
      const record = batch.records.record();
      const apply = async () => {
        const received = await reader.read(record);
        if (received) await handle(received, record);
      };
      const outcome = await workOnRecord(apply, this.stopping.signal, onTrouble);
      if (outcome.kind === 'stopped') return;
      if (outcome.kind === 'poison') await onPoison(record, outcome.error);
    }
    this.handled.set(batch.partition, batch.nextOffset);
  }
}

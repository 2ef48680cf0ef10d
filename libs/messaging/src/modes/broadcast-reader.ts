import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, type Logger, PoisonError } from '@millrace/contracts';
import { KafkaError } from '../client/kafka-error';
import type { ControlReader } from '../events/control-reader';
import type { Received } from '../flow/flow';
import { KafkaCode } from '../wire/error-codes';
import type { FetchedPartition, KafkaClient, KafkaRecord, PartitionReader } from './kafka-ports';
import { waitMs, workOnRecord } from './retry-policy';
import { TroubleBoard } from './trouble-board';

export interface BroadcastReaderOptions {
  readonly client: KafkaClient;
  readonly topic: string;
  /** `first`: complete state, ready when the end as of the start was reached. `end`: only what comes, ready at once. */
  readonly from: 'first' | 'end';
  readonly reader: ControlReader;
  readonly handle: (received: Received<unknown>, record: KafkaRecord) => Promise<void> | void;
  /** What cannot be decoded or applied: it is skipped, because every process reads it. A throw comes again with the record. */
  readonly onPoison: (record: KafkaRecord, error: PoisonError) => Promise<void>;
  readonly onTrouble: (error: Error | null) => void;
  readonly now: () => number;
  readonly logger: Logger;
}

const CATCH_UP_POLL_MS = 10;

/** Broadcast mode: every process reads every record of a topic into memory. No group, no offsets, no database. */
export class BroadcastReader {
  private readonly stopping = new AbortController();
  private readonly partitions: PartitionReader;
  private readonly troubles: TroubleBoard;
  private awaited: Map<number, number> | null = null;
  /** Next offset that was not handled yet; the reader's own position runs ahead while a batch is in hand. */
  private readonly handled = new Map<number, number>();
  private running: Promise<void> = Promise.resolve();
  private answeredAt = 0;
  private markReady: () => void = () => {};
  /** Resolves when the state is complete. */
  readonly whenReady = new Promise<void>((resolve) => {
    this.markReady = resolve;
  });

  constructor(private readonly options: BroadcastReaderOptions) {
    this.troubles = new TroubleBoard(options.onTrouble);
    this.partitions = options.client.partitionReader({
      topic: options.topic,
      onTrouble: (error) => this.troubles.set('broker', error),
      onAnswer: () => {
        this.answeredAt = options.now();
        this.troubles.set('broker', null);
      },
    });
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
    return this.answeredAt;
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
    return this.handled.get(partition) ?? -1;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (this.awaited === null) await this.begin();
        for (const batch of await this.partitions.fetch(signal)) await this.take(batch);
        failures = 0;
        this.checkReady();
        this.troubles.set('topic', null);
      } catch (error) {
        if (signal.aborted) return;
        this.troubles.set('topic', error as Error);
        this.setBack(error as Error);
        await sleep(waitMs(failures++), undefined, { signal }).catch(() => {});
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
    const { reader, handle, onPoison } = this.options;
    while (batch.records.next()) {
      const record = batch.records.record();
      const apply = async () => {
        const received = await reader.read(record);
        if (received) await handle(received, record);
      };
      const outcome = await workOnRecord(apply, this.stopping.signal, (error) => this.troubles.set('topic', error));
      if (outcome.kind === 'stopped') return;
      if (outcome.kind === 'poison') await onPoison(record, outcome.error);
      this.handled.set(batch.partition, record.offset + 1);
    }
    this.handled.set(batch.partition, batch.nextOffset);
  }

  /** After an error every partition is read again from its first record that was not handled. */
  private setBack(error: Error): void {
    const { topic, logger } = this.options;
    const trimmed = trimmedTo(error);
    if (trimmed !== null) {
      logger.warn({ topic, ...trimmed }, 'Retention took records before they were read: going on with the first kept');
      this.handled.set(trimmed.partition, trimmed.start);
    }
    for (const [partition, offset] of this.handled) this.partitions.seek(topic, partition, offset);
  }
}

/** State that is held in memory is complete over what retention still holds, so what was trimmed is passed over. */
function trimmedTo(error: Error): { partition: number; start: number } | null {
  if (!(error instanceof KafkaError) || error.kafkaCode !== KafkaCode.OFFSET_OUT_OF_RANGE) return null;
  const { partition, offset, startOffset } = error.context as Record<string, number>;
  return offset < startOffset ? { partition, start: startOffset } : null;
}

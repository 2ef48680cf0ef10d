import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, type Logger } from '@millrace/contracts';
import type { MemberToken } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { BoundedCursor } from './bounded-cursor';
import type { FetchedPartition, KafkaClient, PartitionReader, TransactionalProducer } from './kafka-ports';
import type { LaneLimits, LaneProcessor, LaneState, LaneStatus } from './lane';
import { laneAction } from './lane-failure';
import { LaneOutput } from './lane-output';
import { LaneTransaction } from './lane-transaction';
import type { MessagingEvents } from './messaging-events';
import { waitMs } from './retry-policy';

export interface PartitionLaneOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly processor: LaneProcessor;
  readonly limits: LaneLimits;
  readonly token: () => MemberToken | null;
  /** Its output topic; see `LaneHostOptions.refuseWithoutOffsetWhenNotEmpty`. */
  readonly refuseWithoutOffsetWhenNotEmpty?: string | undefined;
  readonly watchdog: ProgressWatchdog;
  readonly lifecycle: MessagingEvents;
  readonly onTrouble: (error: Error | null) => void;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Slot of the lane's one transactional id; a ring of ids would use 0 .. K-1. */
const SLOT = 0;

/**
 * Read-process-write on one input partition: fetch, process, and write outputs and offset in one Kafka transaction.
 *
 * The transactional id is the partition's own, so a new owner fences an old one. The offset is read after the id was
 * initialised and with `require_stable`: only then is it final. There is one way back from every surprise: initialise,
 * read the offset, go on.
 */
export class PartitionLane {
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private status: LaneStatus = 'starting';
  private reason = '';
  private position = -1;
  private end = -1;
  private failures = 0;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: PartitionLaneOptions) {
    this.logger = options.logger.child({ topic: options.topic, partition: options.partition });
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends after the transaction in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.options.watchdog.forget(this.options.topic, this.options.partition);
  }

  state(): LaneState {
    const { topic, partition } = this.options;
    const lag = this.position < 0 ? 0 : Math.max(0, this.end - this.position);
    return { topic, partition, status: this.status, position: this.position, lag, reason: this.reason };
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const { client, topic, partition, limits } = this.options;
    const producer = client.transactionalProducer(`${topic}.${partition}.${SLOT}`);
    const reader = client.partitionReader({ topic, maxBytes: limits.maxBytes });
    try {
      let recover = true;
      while (!this.stopped && this.status !== 'stopped') {
        recover = await this.session(producer, reader, recover);
      }
    } finally {
      this.status = 'stopped';
      await reader.close().catch(() => {});
      await producer.close().catch(() => {});
    }
  }

  /** Works until something goes wrong. @returns whether the next session must begin with a recovery. */
  private async session(producer: TransactionalProducer, reader: PartitionReader, recover: boolean): Promise<boolean> {
    const transaction = new LaneTransaction(producer);
    let inTransaction = recover;
    try {
      if (recover) await this.recover(producer, reader);
      inTransaction = false;
      this.become('running', '');
      while (!this.stopped) {
        const batches = await reader.fetch(this.stopping.signal);
        for (const batch of batches) {
          await this.work(batch, transaction, (begun) => {
            inTransaction = begun;
          });
        }
      }
      return false;
    } catch (error) {
      if (this.stopped && !inTransaction) return false;
      return this.failed(error as Error, inTransaction, producer, reader);
    }
  }

  private async recover(producer: TransactionalProducer, reader: PartitionReader): Promise<void> {
    const { client, group, topic, partition } = this.options;
    await this.takeId(producer);
    const committed = (await client.admin.committedOffsets(group, topic)).get(partition) ?? -1;
    if (committed < 0) await this.refuseWhenAnsweredAlready();
    const from = committed < 0 ? ((await client.admin.startOffsets(topic)).get(partition) ?? 0) : committed;
    reader.unassign(topic, partition);
    reader.assign(topic, partition, from);
    this.position = from;
  }

  /**
   * Only the first time after an assignment the id is simply taken. Later it is asked for as its owner so far: else a lane
   * that lost its partition without noticing would steal it back.
   */
  private async takeId(producer: TransactionalProducer): Promise<void> {
    if (producer.state === 'new') return producer.init();
    if ((await producer.recover()) === 'recovered') return;
    this.become('stopped', 'another owner has taken this partition');
    throw new InfrastructureError({ code: 'LANE_FENCED', message: this.reason });
  }

  /** An offset that was lost must not make a lane answer everything again. */
  private async refuseWhenAnsweredAlready(): Promise<void> {
    const { client, topic, partition, refuseWithoutOffsetWhenNotEmpty: output } = this.options;
    if (!output) return;
    const ends = await client.admin.endOffsets(output, 'uncommitted');
    if ((ends.get(partition) ?? 0) === 0) return;
    this.become(
      'stopped',
      `OFFSET_LOST: ${topic}/${partition} has no committed offset, but ${output}/${partition} is not empty: answering again would double every response. Set the group's offset by hand and start again.`,
    );
    throw new InfrastructureError({ code: 'OFFSET_LOST', message: this.reason });
  }

  private async work(
    batch: FetchedPartition,
    transaction: LaneTransaction,
    begun: (yes: boolean) => void,
  ): Promise<void> {
    const { topic, partition, limits, lifecycle, now } = this.options;
    this.end = batch.lastStableOffset;
    for (let next = batch.fetchOffset; next < batch.nextOffset && !this.stopped; ) {
      const began = now();
      const records = new BoundedCursor(batch.records, limits.maxRecords);
      const out = new LaneOutput(began);
      await this.options.processor.process({ ...batch, records }, out);
      // A full slice may be the last one: then the next turn is empty and takes in what stands behind the records.
      next = records.exhausted ? batch.nextOffset : records.offset + 1;
      begun(true);
      await transaction.commit(
        out,
        { group: this.options.group, topic, partition, offset: next },
        this.options.token(),
      );
      begun(false);
      this.progress(next, batch.lastStableOffset);
      lifecycle.emit('transaction', { topic, partition, records: records.count, seconds: (now() - began) / 1000 });
    }
  }

  private progress(position: number, end: number): void {
    const { topic, partition, watchdog, onTrouble } = this.options;
    this.position = position;
    this.failures = 0;
    watchdog.observe(topic, partition, position, end);
    if (this.status !== 'running') this.become('running', '');
    onTrouble(null);
  }

  private async failed(
    error: Error,
    inTransaction: boolean,
    producer: TransactionalProducer,
    reader: PartitionReader,
  ): Promise<boolean> {
    const { topic, partition, lifecycle, onTrouble, watchdog } = this.options;
    if (this.status === 'stopped') {
      onTrouble(error);
      this.logger.error({ reason: error.message }, 'The lane stopped');
      return true;
    }
    this.failures++;
    const action = laneAction(error, inTransaction, this.failures);
    const code = (error as { code?: string }).code ?? 'UNKNOWN';
    lifecycle.emit('laneRecovery', { topic, partition, code });
    this.logger.warn({ code, action, reason: error.message }, 'The lane met an error');
    onTrouble(error);
    watchdog.forget(topic, partition);
    if (action === 'stop') {
      this.become('stopped', `${code}: ${error.message}`);
      return true;
    }
    if (action === 'abandon') {
      await producer.abort().catch(() => {});
      this.become('stopped', 'the group has a new generation: waiting for the next assignment');
      return true;
    }
    this.become('waiting', `${code}: ${error.message}`);
    await sleep(waitMs(this.failures - 1), undefined, { signal: this.stopping.signal }).catch(() => {});
    if (action === 'wait') reader.seek(topic, partition, this.position);
    return action !== 'wait';
  }

  private become(status: LaneStatus, reason: string): void {
    this.status = status;
    this.reason = reason;
  }
}

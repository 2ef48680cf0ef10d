import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, type Logger } from '@millrace/contracts';
import type { MemberToken } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { holdsRecords } from './holds-records';
import type { FetchedPartition, KafkaClient, PartitionReader, TransactionalProducer } from './kafka-ports';
import type { LaneLimits, LaneProcessor, LaneState, LaneStatus } from './lane';
import { isFault, laneAction } from './lane-failure';
import { LaneOutput, type LaneTarget } from './lane-output';
import { commitLane } from './lane-transaction';
import type { MessagingEvents } from './messaging-events';
import { LONG_POLL_MS } from './partition-loop';
import { waitMs } from './retry-policy';
import { SlicedCursor } from './sliced-cursor';

export interface PartitionLaneOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly processor: LaneProcessor;
  /** See `LaneHostOptions.outputs`. */
  readonly outputs: readonly (string | { readonly topic: string; readonly partition: number })[];
  readonly limits: LaneLimits;
  /** See `LaneHostOptions.transactionTimeoutMs`. */
  readonly transactionTimeoutMs?: number | undefined;
  /** The lane stopped because somebody else seems to own its partition; the group decides whether that is so. */
  readonly onGivenUp?: () => void;
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
/** An open transaction holds the last stable offset of its outputs, so what a dead lane without an heir leaves must end soon. */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** A transaction in hand is given this time to end when the lane stops; then its sockets are closed, and its next owner aborts it. */
const STOP_LIMIT_MS = 10_000;

/**
 * Read-process-write on one input partition: fetch, process, and write outputs and offset in one Kafka transaction; while
 * there is a backlog the next fetch is under way meanwhile.
 *
 * The transactional id is the partition's own, so a new owner fences an old one. The offset is read after the id was
 * initialised and with `require_stable`: only then is it final. There is one way back from every surprise: initialise,
 * read the offset, go on.
 */
export class PartitionLane {
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private readonly producer: TransactionalProducer;
  private readonly output = new LaneOutput();
  private status: LaneStatus = 'starting';
  private reason = '';
  /** Next offset to be worked on. */
  private position = -1;
  /** Below `position` while only markers and aborted records lie in between. */
  private committed = -1;
  private end = -1;
  private inTransaction = false;
  private failures = 0;
  private faults = 0;
  private unreachable: Error | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: PartitionLaneOptions) {
    const { client, topic, partition, transactionTimeoutMs } = options;
    this.logger = options.logger.child({ topic, partition });
    const timeoutMs = transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS;
    const partitions = options.outputs.map((output) =>
      typeof output === 'string' ? { topic: output, partition } : output,
    );
    const scope = { partitions, offset: { group: options.group, topic, partition } };
    this.producer = client.transactionalProducer(`${topic}.${partition}.${SLOT}`, { scope, timeoutMs });
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends after the transaction in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const late = setTimeout(() => {
      this.logger.warn(
        { limitMs: STOP_LIMIT_MS },
        'The transaction in hand does not end, leaving it to the next owner',
      );
      void this.producer.close().catch(() => {});
    }, STOP_LIMIT_MS);
    await this.running;
    clearTimeout(late);
    this.options.watchdog.forget(this.options.topic, this.options.partition);
  }

  state(): LaneState {
    const { topic, partition } = this.options;
    const lag = this.position < 0 ? 0 : Math.max(0, this.end - this.position);
    const away = this.status === 'running' ? this.unreachable : null;
    const [status, reason] = away ? (['waiting', away.message] as const) : [this.status, this.reason];
    return { topic, partition, status, position: this.position, lag, reason };
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    try {
      let recover = true;
      while (!this.stopped && this.status !== 'stopped') recover = await this.session(recover);
    } finally {
      this.status = 'stopped';
      await this.producer.close().catch(() => {});
    }
  }

  /** Works until something goes wrong. @returns whether the next session must begin with a recovery. */
  private async session(recover: boolean): Promise<boolean> {
    this.inTransaction = recover;
    const reader = this.newReader();
    try {
      if (recover) await this.recover();
      this.inTransaction = false;
      reader.assign(this.options.topic, this.options.partition, this.position);
      await this.workWith(reader);
      return false;
    } catch (error) {
      if (this.stopped && !this.inTransaction) return false;
      return this.failed(error as Error);
    } finally {
      await reader.close().catch(() => {});
    }
  }

  private newReader(): PartitionReader {
    const { client, topic, limits } = this.options;
    return client.partitionReader({
      topic,
      maxBytes: limits.maxBytes,
      maxWaitMs: LONG_POLL_MS,
      onTrouble: (error) => this.reached(error),
      onAnswer: () => this.reached(null),
    });
  }

  private async recover(): Promise<void> {
    const { client, group, topic, partition } = this.options;
    await this.takeId();
    const committed = await client.admin.committedOffset(group, topic, partition);
    if (committed < 0) await this.refuseWhenAnsweredAlready();
    const from = committed < 0 ? ((await client.admin.startOffsets(topic)).get(partition) ?? 0) : committed;
    this.position = from;
    this.committed = from;
    this.become('running', '');
    this.options.onTrouble(this.unreachable);
  }

  /**
   * Only the first time after an assignment the id is simply taken. Later it is asked for as its owner so far: else a lane
   * that lost its partition without noticing would steal it back.
   */
  private async takeId(): Promise<void> {
    if (this.producer.state === 'new') return this.producer.init();
    if ((await this.producer.recover()) === 'recovered') return;
    this.become('stopped', 'another owner has taken this partition');
    this.options.onGivenUp?.();
    throw new InfrastructureError({ code: 'LANE_FENCED', message: this.reason });
  }

  /** An offset that was lost must not make a lane answer everything again. */
  private async refuseWhenAnsweredAlready(): Promise<void> {
    const { client, topic, partition, refuseWithoutOffsetWhenNotEmpty: output } = this.options;
    if (!output || !(await holdsRecords(client, output, partition, this.stopping.signal))) return;
    this.become(
      'stopped',
      `OFFSET_LOST: ${topic}/${partition} has no committed offset, but ${output}/${partition} is not empty: answering again would double every response. Set the group's offset by hand and start again.`,
    );
    throw new InfrastructureError({ code: 'OFFSET_LOST', message: this.reason });
  }

  private async workWith(reader: PartitionReader): Promise<void> {
    const { signal } = this.stopping;
    let ahead: Promise<FetchedPartition[]> | null = null;
    while (!this.stopped) {
      const batches: FetchedPartition[] = await (ahead ?? reader.fetch(signal));
      // Only what is there already is worth fetching ahead: what comes meanwhile is taken, all of it, after the commit.
      const backlog = batches.some(({ nextOffset, lastStableOffset }) => nextOffset < lastStableOffset);
      ahead = backlog ? reader.fetch(signal) : null;
      // After an error here nobody awaits it.
      ahead?.catch(() => {});
      if (batches.length === 0 && this.committed < this.position) await this.commit([], this.position);
      for (const batch of batches) await this.work(batch);
    }
  }

  private async work(batch: FetchedPartition): Promise<void> {
    const { topic, partition, processor, limits, watchdog, lifecycle, now } = this.options;
    this.end = batch.lastStableOffset;
    watchdog.observe(topic, partition, this.position, this.end);
    const slices = new SlicedCursor(batch.records, limits.maxRecords);
    for (let more = slices.nextSlice(); more; ) {
      if (this.stopped) return;
      const began = now();
      this.output.begin(began);
      await processor.process({ ...batch, records: slices }, this.output);
      const records = slices.count;
      more = slices.nextSlice();
      await this.commit(this.output.targets(), more ? slices.offset : batch.nextOffset);
      this.progress();
      lifecycle.emit('transaction', { topic, partition, records, seconds: (now() - began) / 1000 });
    }
    // Markers and aborted records need no transaction of their own: they are committed with what comes, or when nothing does.
    this.position = batch.nextOffset;
  }

  private async commit(targets: readonly LaneTarget[], offset: number): Promise<void> {
    const { group, topic, partition, token } = this.options;
    this.inTransaction = true;
    await commitLane(this.producer, targets, { group, topic, partition, offset }, token());
    this.inTransaction = false;
    this.position = offset;
    this.committed = offset;
  }

  private progress(): void {
    const { topic, partition, watchdog, onTrouble } = this.options;
    this.failures = 0;
    this.faults = 0;
    watchdog.observe(topic, partition, this.position, this.end);
    if (this.status !== 'running') this.become('running', '');
    onTrouble(this.unreachable);
  }

  /** The reader tries for ever by itself; meanwhile the lane says what it waits for. */
  private reached(error: Error | null): void {
    if (error === null && this.unreachable === null) return;
    this.unreachable = error;
    if (this.status === 'running') this.options.onTrouble(error);
  }

  private async failed(error: Error): Promise<boolean> {
    const { topic, partition, lifecycle, onTrouble, watchdog } = this.options;
    if (this.status === 'stopped') {
      onTrouble(error);
      this.logger.error({ reason: error.message }, 'The lane stopped');
      return true;
    }
    this.failures++;
    if (isFault(error)) this.faults++;
    const action = laneAction(error, this.inTransaction, this.faults);
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
      await this.producer.abort().catch(() => {});
      this.become('stopped', 'the group has a new generation: waiting for the next assignment');
      this.options.onGivenUp?.();
      return true;
    }
    this.become('waiting', `${code}: ${error.message}`);
    await sleep(waitMs(this.failures - 1), undefined, { signal: this.stopping.signal }).catch(() => {});
    return action !== 'wait';
  }

  private become(status: LaneStatus, reason: string): void {
    this.status = status;
    this.reason = reason;
  }
}

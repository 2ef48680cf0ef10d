import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { Membership, MemberToken, OwnedPartition } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { FetchedPartition, KafkaClient, PartitionReader } from './kafka-ports';
import { waitMs } from './retry-policy';
import { TroubleBoard } from './trouble-board';

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

export interface GroupReaderOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topics: readonly string[];
  readonly maxBytes?: number;
  /** Where to begin on a partition that was just assigned. */
  readonly startAt: (partition: OwnedPartition, token: MemberToken) => Promise<number | 'start'>;
  /**
   * Works on one fetched batch; the next one of that partition is fetched when it has resolved.
   * @returns the offset to go on from. Work that throws is done again from the batch's first record.
   */
  readonly work: (batch: FetchedPartition, context: WorkContext) => Promise<number>;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
  readonly logger: Logger;
}

interface Owned extends OwnedPartition {
  readonly token: MemberToken;
  readonly stop: AbortController;
  working: Promise<void>;
  /** Batches in a row that threw. */
  failures: number;
}

/**
 * Reads the partitions that a group assigns, one batch of a partition at a time and partitions side by side: order within
 * a partition, and no more than one fetched batch of each in memory.
 */
export class GroupReader {
  private readonly membership: Membership;
  private readonly reader: PartitionReader;
  private readonly owned = new Map<string, Owned>();
  private readonly stopping = new AbortController();
  private readonly troubles: TroubleBoard;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: GroupReaderOptions) {
    const { client, group, topics, maxBytes } = options;
    this.troubles = new TroubleBoard(options.onTrouble);
    this.membership = client.consumerMembership({
      group,
      topics,
      onAssigned: (partitions, token) => this.assigned(partitions, token),
      onRevoked: (partitions) => this.revoked(partitions),
      onTrouble: (error) => this.troubles.set('group', error),
    });
    this.reader = client.partitionReader({
      topic: topics[0]!,
      ...(maxBytes ? { maxBytes } : {}),
      onTrouble: (error) => this.troubles.set('broker', error),
      onAnswer: (topic, partition) => {
        this.troubles.set('broker', null);
        this.troubles.set(readingOf(client.prefixed(topic), partition), null);
      },
    });
  }

  async start(): Promise<void> {
    this.loop = this.read(this.stopping.signal);
    await this.membership.start();
  }

  async stop(): Promise<void> {
    await this.membership.stop();
    this.stopping.abort();
    await this.loop;
    await this.reader.close();
  }

  /** Whether this process is in the group, with partitions or without. */
  get isMember(): boolean {
    return this.membership.token() !== null;
  }

  private assigned(partitions: readonly OwnedPartition[], token: MemberToken): void {
    this.troubles.set('group', null);
    for (const partition of partitions) {
      const owned = { ...partition, token, stop: new AbortController(), working: Promise.resolve(), failures: 0 };
      this.owned.set(nameOf(partition), owned);
      owned.working = this.begin(owned);
    }
  }

  private async begin(owned: Owned): Promise<void> {
    const { signal } = owned.stop;
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        const offset = await this.options.startAt(owned, owned.token);
        if (!signal.aborted) this.reader.assign(owned.topic, owned.partition, offset);
        this.troubles.set(nameOf(owned), null);
        return;
      } catch (error) {
        this.troubles.set(nameOf(owned), error as Error);
        await sleep(waitMs(tries), undefined, { signal }).catch(() => {});
      }
    }
  }

  private async revoked(partitions: readonly OwnedPartition[]): Promise<void> {
    const owned = partitions.map((one) => this.owned.get(nameOf(one))).filter((one) => one !== undefined);
    for (const one of owned) one.stop.abort();
    await Promise.all(owned.map((one) => one.working));
    for (const one of owned) {
      this.owned.delete(nameOf(one));
      this.reader.unassign(one.topic, one.partition);
      this.options.watchdog.forget(one.topic, one.partition);
      this.troubles.set(nameOf(one), null);
    }
  }

  private async read(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        for (const batch of await this.reader.fetch(signal)) this.take(batch);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const { topic, partition } = (error as { context?: Record<string, unknown> }).context ?? {};
        this.troubles.set(readingOf(topic, partition), error as Error);
        await sleep(waitMs(failures++), undefined, { signal }).catch(() => {});
      }
    }
  }

  private take(batch: FetchedPartition): void {
    const owned = this.owned.get(nameOf(batch));
    // A partition that is being revoked: its next owner begins at the committed offset.
    if (!owned || owned.stop.signal.aborted) return;
    this.reader.pause(batch.topic, batch.partition);
    owned.working = this.workOn(batch, owned);
  }

  private async workOn(batch: FetchedPartition, owned: Owned): Promise<void> {
    const { topic, partition, lastStableOffset } = batch;
    const { signal } = owned.stop;
    const { watchdog, work } = this.options;
    const context: WorkContext = {
      token: owned.token,
      signal,
      trouble: (error) => {
        this.troubles.set(nameOf(owned), error);
        // What is known to be in the way is reported as such; a restart would not help.
        if (error) watchdog.forget(topic, partition);
      },
      reached: (offset) => watchdog.observe(topic, partition, offset, lastStableOffset),
    };
    let next = batch.fetchOffset;
    context.reached(next);
    try {
      next = await work(batch, context);
      owned.failures = 0;
      context.reached(next);
      context.trouble(null);
    } catch (error) {
      if (!signal.aborted) await this.failed(batch, owned, context, error as Error);
    }
    if (signal.aborted) return;
    if (next !== batch.nextOffset) this.reader.seek(topic, partition, next);
    this.reader.resume(topic, partition);
  }

  private async failed(batch: FetchedPartition, owned: Owned, context: WorkContext, error: Error): Promise<void> {
    const { topic, partition } = batch;
    context.trouble(error);
    this.options.logger.warn({ topic, partition, reason: error.message }, 'A batch failed, reading it again');
    await sleep(waitMs(owned.failures++), undefined, { signal: context.signal }).catch(() => {});
  }
}

const nameOf = (partition: OwnedPartition): string => `${partition.topic}/${partition.partition}`;

/** Errors of the reader carry the topic's name as the broker knows it. */
const readingOf = (fullTopic: unknown, partition: unknown): string => `reading ${fullTopic}/${partition}`;

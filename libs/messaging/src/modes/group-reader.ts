import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { Membership, MembershipOptions, MemberToken, OwnedPartition } from '../membership/membership';
import type { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { FetchedPartition, KafkaClient, PartitionReader } from './kafka-ports';

export interface GroupReaderOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly topics: readonly string[];
  readonly maxBytes?: number;
  /** Where to begin on a partition that was just assigned. */
  readonly startAt: (partition: OwnedPartition, token: MemberToken) => Promise<number | 'start'>;
  /**
   * Works on one fetched batch; the next one of that partition is fetched when it has resolved. `signal` is aborted when
   * the partition is revoked: finish what cannot be undone and return.
   */
  readonly work: (batch: FetchedPartition, signal: AbortSignal, token: MemberToken) => Promise<void>;
  readonly onTrouble: (error: Error | null) => void;
  readonly watchdog: ProgressWatchdog;
  readonly logger: Logger;
}

interface Owned extends OwnedPartition {
  readonly stop: AbortController;
  working: Promise<void>;
}

const RETRY_MS = 500;

/**
 * Reads the partitions that a group assigns, one batch of a partition at a time and partitions side by side: order within
 * a partition, and no more than one fetched batch of each in memory.
 */
export class GroupReader {
  private readonly membership: Membership;
  private readonly reader: PartitionReader;
  private readonly owned = new Map<string, Owned>();
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: GroupReaderOptions) {
    const membership: MembershipOptions = {
      group: options.group,
      topics: options.topics,
      onAssigned: (partitions, token) => this.assigned(partitions, token),
      onRevoked: (partitions) => this.revoked(partitions),
      onTrouble: options.onTrouble,
    };
    this.membership = options.client.consumerMembership(membership);
    this.reader = options.client.partitionReader({
      topic: options.topics[0]!,
      ...(options.maxBytes ? { maxBytes: options.maxBytes } : {}),
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

  /** Reads this partition again from another offset, after its work in hand has ended. */
  seek(partition: OwnedPartition, offset: number): void {
    if (this.owned.has(nameOf(partition))) this.reader.seek(partition.topic, partition.partition, offset);
  }

  private assigned(partitions: readonly OwnedPartition[], token: MemberToken): void {
    for (const partition of partitions) {
      const owned: Owned = { ...partition, stop: new AbortController(), working: Promise.resolve() };
      this.owned.set(nameOf(partition), owned);
      owned.working = this.begin(owned, token);
    }
  }

  private async begin(owned: Owned, token: MemberToken): Promise<void> {
    while (!owned.stop.signal.aborted) {
      try {
        const offset = await this.options.startAt(owned, token);
        if (!owned.stop.signal.aborted) this.reader.assign(owned.topic, owned.partition, offset);
        return;
      } catch (error) {
        this.options.onTrouble(error as Error);
        await sleep(RETRY_MS, undefined, { signal: owned.stop.signal }).catch(() => {});
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
    }
  }

  private async read(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const batches = await this.reader.fetch(signal).catch(async (error: Error) => {
        if (signal.aborted) return [];
        this.options.onTrouble(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
        return [];
      });
      for (const batch of batches) this.take(batch);
    }
  }

  private take(batch: FetchedPartition): void {
    const owned = this.owned.get(nameOf(batch));
    if (!owned || owned.stop.signal.aborted) return;
    const token = this.membership.token();
    if (!token) return;
    this.reader.pause(batch.topic, batch.partition);
    this.options.watchdog.observe(batch.topic, batch.partition, batch.fetchOffset, batch.lastStableOffset);
    owned.working = this.options
      .work(batch, owned.stop.signal, token)
      .then(() => this.options.watchdog.observe(batch.topic, batch.partition, batch.nextOffset, batch.lastStableOffset))
      .catch((error: Error) => this.failed(batch, owned, error))
      .finally(() => {
        if (!owned.stop.signal.aborted) this.reader.resume(batch.topic, batch.partition);
      });
  }

  /** Work that ends with an error is done again from its first record. */
  private async failed(batch: FetchedPartition, owned: Owned, error: Error): Promise<void> {
    if (owned.stop.signal.aborted) return;
    this.options.onTrouble(error);
    this.options.logger.warn(
      { topic: batch.topic, partition: batch.partition, reason: error.message },
      'A batch failed, reading it again',
    );
    await sleep(RETRY_MS, undefined, { signal: owned.stop.signal }).catch(() => {});
    if (!owned.stop.signal.aborted) this.reader.seek(batch.topic, batch.partition, batch.fetchOffset);
  }
}

const nameOf = (partition: OwnedPartition): string => `${partition.topic}/${partition.partition}`;

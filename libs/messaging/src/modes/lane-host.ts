import type { Logger } from '@millrace/contracts';
import type { Membership, OwnedPartition } from '../membership/membership';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { Hosted } from './host-board';
import type { KafkaClient } from './kafka-ports';
import type { LaneLimits, LaneProcessor, LaneState } from './lane';
import { MessagingEvents } from './messaging-events';
import { PartitionLane } from './partition-lane';
import { TroubleBoard } from './trouble-board';

export interface LaneHostOptions {
  readonly client: KafkaClient;
  /** For example `inference.<request topic>`. */
  readonly group: string;
  readonly topic: string;
  /** One per assigned partition. */
  readonly processor: (partition: number) => LaneProcessor;
  /** Every topic that the processor writes to: at the partition it reads from, or at the one that is named. */
  readonly outputs: readonly (string | { readonly topic: string; readonly partition: number })[];
  readonly limits?: Partial<LaneLimits>;
  /** After which the broker aborts an open transaction by itself, ms; 15,000 by default. */
  readonly transactionTimeoutMs?: number;
  /** Output topic: a lane without a committed offset, whose partition there is not empty, stops and reports. */
  readonly refuseWithoutOffsetWhenNotEmpty?: string;
  /** A partition that was given up to another owner, but that the group still leaves here, is taken back after this, ms; 15,000 by default. */
  readonly takeBackAfterMs?: number;
  readonly watchdog?: ProgressWatchdog;
  readonly lifecycle?: MessagingEvents;
  /** What keeps a lane or the membership from going on right now; null when everything goes on. */
  readonly onTrouble?: (error: Error | null) => void;
  readonly now: () => number;
  readonly logger: Logger;
}

export const DEFAULT_LANE_LIMITS: LaneLimits = { maxRecords: 2_000, maxBytes: 1_048_576 };
/** More than twice the session timeout: a rightful new owner would have shown as a rebalance by then. */
const TAKE_BACK_AFTER_MS = 15_000;

/** Hosts the lanes of one topic: as many as the group assigns to this process. */
export class LaneHost implements Hosted {
  private readonly lanesByPartition = new Map<number, PartitionLane>();
  private readonly givenUp = new Map<number, NodeJS.Timeout>();
  private readonly membership: Membership;
  private readonly watchdog: ProgressWatchdog;
  private readonly lifecycle: MessagingEvents;
  private readonly troubles: TroubleBoard;

  constructor(private readonly options: LaneHostOptions) {
    this.troubles = new TroubleBoard((error) => options.onTrouble?.(error));
    this.watchdog = options.watchdog ?? new ProgressWatchdog(options.now);
    this.lifecycle = options.lifecycle ?? new MessagingEvents();
    this.membership = options.client.consumerMembership({
      group: options.group,
      topics: [options.topic],
      onAssigned: (partitions) => this.assigned(partitions),
      onRevoked: (partitions) => this.revoked(partitions),
      onTrouble: (error) => this.troubles.set('group', error),
    });
  }

  start(): Promise<void> {
    return this.membership.start();
  }

  /** Ends every transaction in hand, then leaves the group. */
  stop(): Promise<void> {
    return this.membership.stop();
  }

  lanes(): LaneState[] {
    return [...this.lanesByPartition.values()].map((lane) => lane.state());
  }

  /** A reason for not being ready: a lane that stopped, or one that has lag and does not move. */
  trouble(): string | null {
    const stopped = this.lanes().find((lane) => lane.status === 'stopped' && lane.reason !== '');
    if (stopped) return `lane ${stopped.topic}/${stopped.partition} stopped: ${stopped.reason}`;
    return this.watchdog.stalled();
  }

  private assigned(partitions: readonly OwnedPartition[]): void {
    this.troubles.set('group', null);
    for (const { partition } of partitions) this.open(partition);
  }

  private open(partition: number): void {
    const { processor, limits, ...shared } = this.options;
    const lane = new PartitionLane({
      ...shared,
      partition,
      processor: processor(partition),
      limits: { ...DEFAULT_LANE_LIMITS, ...limits },
      token: () => this.membership.token(),
      watchdog: this.watchdog,
      lifecycle: this.lifecycle,
      onTrouble: (error) => this.troubles.set(`lane ${partition}`, error),
      onGivenUp: () => this.takeBackLater(partition),
    });
    this.lanesByPartition.set(partition, lane);
    lane.start();
  }

  /**
   * Whoever took the transactional id may have been a zombie that died of it: then no rebalance follows, and nobody would
   * serve the partition. If it is still ours after a while, it is taken back.
   */
  private takeBackLater(partition: number): void {
    const takeBack = async () => {
      this.givenUp.delete(partition);
      await this.lanesByPartition.get(partition)?.stop();
      // A revocation in between has put an end to it.
      if (this.lanesByPartition.has(partition)) this.open(partition);
    };
    this.givenUp.set(partition, setTimeout(takeBack, this.options.takeBackAfterMs ?? TAKE_BACK_AFTER_MS));
  }

  private async revoked(partitions: readonly OwnedPartition[]): Promise<void> {
    for (const { partition } of partitions) clearTimeout(this.givenUp.get(partition));
    await Promise.all(partitions.map(({ partition }) => this.lanesByPartition.get(partition)?.stop()));
    for (const { partition } of partitions) {
      clearTimeout(this.givenUp.get(partition));
      this.givenUp.delete(partition);
      this.lanesByPartition.delete(partition);
      this.troubles.set(`lane ${partition}`, null);
    }
  }
}

/** A partition that this process owns for now. */
export interface OwnedPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Proves towards the broker that an offset commit comes from a member of the current generation (KIP-447). */
export interface MemberToken {
  readonly generation: number;
  readonly memberId: string;
}

export interface MembershipOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** New partitions (perhaps none), after every earlier one was given up. */
  readonly onAssigned: (partitions: readonly OwnedPartition[], token: MemberToken) => void;
  /**
   * The group deals anew, or this member was lost. Must resolve when nothing works on these partitions any more: the group
   * waits for it (the drain barrier), but no longer than `rebalanceTimeoutMs`.
   */
  readonly onRevoked: (partitions: readonly OwnedPartition[]) => Promise<void>;
  /** Joining failed or the membership was lost; it is tried again for ever, and the next `onAssigned` says that it is back. */
  readonly onTrouble: (error: Error) => void;
  /** The member is gone if no heartbeat came for this long, ms; 6,000 by default. */
  readonly sessionTimeoutMs?: number;
  /** Longest drain, ms; 30,000 by default. */
  readonly rebalanceTimeoutMs?: number;
  /** Milliseconds between heartbeats, 1,000 by default; a rebalance is noticed with one. */
  readonly heartbeatMs?: number;
  /** How soon partitions that were added to a topic are dealt out, ms; 15,000 by default. */
  readonly metadataMaxAgeMs?: number;
}

/** Membership in a consumer group: who owns which partition. Records and offsets never pass through it. */
export interface Membership {
  /** Resolves after the first try to join; a group that cannot be joined is tried again for ever. */
  start(): Promise<void>;
  /** Drains and leaves the group. */
  stop(): Promise<void>;
  /** Null while not a member, as far as it is known here. */
  token(): MemberToken | null;
}

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
  /** New partitions, after every earlier one was given up. */
  readonly onAssigned: (partitions: readonly OwnedPartition[], token: MemberToken) => void;
  /** Must resolve when nothing works on these partitions any more: the group waits for it (the drain barrier). */
  readonly onRevoked: (partitions: readonly OwnedPartition[]) => Promise<void>;
  readonly onTrouble: (error: Error) => void;
  /** The member is gone if no heartbeat came for this long, ms; 6,000 by default. */
  readonly sessionTimeoutMs?: number;
  /** Longest drain, ms; 30,000 by default. */
  readonly rebalanceTimeoutMs?: number;
  readonly heartbeatMs?: number;
}

/** Membership in a consumer group: who owns which partition. Records and offsets never pass through it. */
export interface Membership {
  start(): Promise<void>;
  /** Drains and leaves the group. */
  stop(): Promise<void>;
  token(): MemberToken | null;
}

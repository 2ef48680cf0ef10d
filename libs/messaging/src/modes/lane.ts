import type { FetchedPartition } from './kafka-ports';
import type { LaneOutput } from './lane-output';

/** What a lane does with its records; the lane gives order, exactly-once and recovery. */
export interface LaneProcessor {
  /**
   * Works on some records of one partition, in order, and puts what is to be written into `out`.
   * An InfrastructureError pauses the lane and the same records come again; any other error comes again a bounded number
   * of times, then the lane stops and reports.
   */
  process(batch: FetchedPartition, out: LaneOutput): Promise<void>;
}

export type LaneStatus = 'starting' | 'running' | 'waiting' | 'stopped';

export interface LaneState {
  readonly topic: string;
  readonly partition: number;
  readonly status: LaneStatus;
  /** Next offset to be worked on; -1 before it is known. */
  readonly position: number;
  readonly lag: number;
  /** Why it waits or stopped; empty while it runs. */
  readonly reason: string;
}

/** Bytes and records of one transaction at most. */
export interface LaneLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

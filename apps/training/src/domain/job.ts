import type { ArtifactRef } from '@millrace/contracts';

/** Work state of a run: who does it, until when. It is not on the log as such; the facts are RunStarted and its end. */
export interface Job {
  readonly job: string;
  readonly run: string;
  /** 0 = never assigned. */
  readonly attempt: number;
  readonly worker: string | null;
  /** Milliseconds since 1970; 0 = not leased. */
  readonly leaseUntil: number;
  readonly checkpoint: ArtifactRef | null;
  /** Why an earlier attempt ended, where a worker could still say so. */
  readonly lastFailure: JobFailure | null;
}

export interface JobFailure {
  readonly reasonCode: string;
  readonly reason: string;
}

export interface KnownWorker {
  readonly worker: string;
  readonly capabilities: readonly string[];
  readonly busyWith: string | null;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
}

/** A report renews the lease; a worker that is silent for this long has lost the job. */
export const LEASE_MS = 15_000;
/** A worker that has not announced itself for this long is not given work. */
export const WORKER_SILENCE_MS = 10_000;
/** After so many lost attempts the run fails: something in it kills workers. */
export const MAX_ATTEMPTS = 8;

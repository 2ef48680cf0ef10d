import type { JobFailed, JobProgressed } from '@millrace/contracts';
import { type Job, LEASE_MS } from './job';

const LONGEST_RETRY_MS = 30_000;

/** The job is given to a worker, whose reports bear this attempt. */
export function assign<J extends Job>(job: J, worker: string, attempt: number, now: number): J {
  return { ...job, worker, attempt, leaseUntil: now + LEASE_MS };
}

/** A report of the holder renews the lease and may name a newer training checkpoint. */
export function renew<J extends Job>(job: J, report: JobProgressed, now: number): J {
  return { ...job, leaseUntil: now + LEASE_MS, checkpoint: report.checkpoint ?? job.checkpoint };
}

/** Nobody holds the job; it is assigned again after a wait that doubles with each attempt: 1, 2, 4 ... 30 s. */
export function releaseFailed<J extends Job>(job: J, { reasonCode, reason }: JobFailed, now: number): J {
  const wait = Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** Math.max(0, job.attempt - 1));
  return { ...job, worker: null, leaseUntil: now + wait, lastFailure: { reasonCode, reason } };
}

/** Why a run is given up after its last attempt. */
export function whyGivenUp(job: Job): { attempt: number; reasonCode: string; reason: string } {
  const { attempt, lastFailure } = job;
  if (lastFailure) return { attempt, ...lastFailure };
  return {
    attempt,
    reasonCode: 'WORKER_LOST',
    reason: `${attempt} workers were lost while they trained: the log of the last one tells why (often too little memory).`,
  };
}

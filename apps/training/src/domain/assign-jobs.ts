import { type Job, type KnownWorker, MAX_ATTEMPTS, WORKER_SILENCE_MS } from './job';

export type Assignment<J extends Job = Job> =
  | { readonly kind: 'assign'; readonly job: J; readonly worker: string; readonly attempt: number }
  | { readonly kind: 'give-up'; readonly job: J };

/**
 * What to do now about jobs that nobody holds: those never assigned and those whose lease ran out. Each free worker
 * gets one job, oldest first; the next attempt makes the reports of the last one stale.
 *
 * @param jobs unfinished jobs, oldest first.
 * @param needs learners that a job needs.
 */
export function assignJobs<J extends Job>(
  jobs: readonly J[],
  workers: readonly KnownWorker[],
  needs: (job: J) => readonly string[],
  now: number,
): Assignment<J>[] {
  const holders = new Set(jobs.filter((job) => job.leaseUntil > now).map((job) => job.worker));
  const free = workers.filter(
    (worker) => worker.busyWith === null && !holders.has(worker.worker) && worker.lastSeen > now - WORKER_SILENCE_MS,
  );
  const assignments: Assignment<J>[] = [];
  for (const job of jobs) {
    if (job.leaseUntil > now) continue;
    if (job.attempt >= MAX_ATTEMPTS) {
      assignments.push({ kind: 'give-up', job });
      continue;
    }
    const index = free.findIndex((worker) => needs(job).every((learner) => worker.capabilities.includes(learner)));
    const worker = free[index];
    if (!worker) continue;
    free.splice(index, 1);
    assignments.push({ kind: 'assign', job, worker: worker.worker, attempt: job.attempt + 1 });
  }
  return assignments;
}

import { type DecisionContext, type JobFailed, type JobSucceeded, stamp } from '@millrace/contracts';
import type { Job } from './job';
import type { Run, RunFact } from './run';

/** Reports of an attempt that lost its lease to a later one are ignored (ARCHITECTURE section 7). */
export function isStale(job: Job, report: { readonly attempt: number; readonly worker: string }): boolean {
  return report.attempt !== job.attempt || report.worker !== job.worker;
}

/** The run is done. A report that comes twice changes nothing. */
export function completeRun(run: Run, report: JobSucceeded, context: DecisionContext): RunFact[] {
  if (run.status !== 'RUNNING' || run.planned === null) return [];
  const { model, dataset, datasetDigest, planDigest, verdict } = run.planned;
  return [
    {
      type: 'RunCompleted',
      data: {
        ...stamp(context),
        run: report.run,
        model,
        dataset,
        datasetDigest,
        planDigest,
        result: report.result,
        // A run that was planned before verdicts existed has none in its state.
        verdict: verdict ?? null,
        beganAt: run.beganAt ?? context.now,
        attempt: report.attempt,
        worker: report.worker,
      },
    },
  ];
}

/** A worker says that the job cannot be done. What may be tried again is tried again by the lease clock. */
export function failRun(run: Run, report: JobFailed, context: DecisionContext): RunFact[] {
  if (report.retriable) return [];
  return giveUp(run, report.run, report, context);
}

export function giveUp(
  run: Run,
  id: string,
  why: { readonly attempt: number; readonly reasonCode: string; readonly reason: string },
  context: DecisionContext,
): RunFact[] {
  if (run.planned === null || run.status === 'COMPLETED' || run.status === 'FAILED') return [];
  return [
    {
      type: 'RunFailed',
      data: {
        ...stamp(context),
        run: id,
        model: run.planned.model,
        attempt: why.attempt,
        reasonCode: why.reasonCode,
        reason: why.reason,
      },
    },
  ];
}

import {
  type DecisionContext,
  type RunCompleted,
  type RunFailed,
  type RunPlanned,
  type RunRefused,
  type RunStarted,
  stamp,
} from '@millrace/contracts';

export interface Run {
  readonly status: 'ABSENT' | 'PLANNED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'REFUSED';
  readonly planned: RunPlanned | null;
  readonly attempt: number;
  readonly beganAt: number | null;
}

export type RunFact =
  | { readonly type: 'RunPlanned'; readonly data: RunPlanned }
  | { readonly type: 'RunStarted'; readonly data: RunStarted }
  | { readonly type: 'RunCompleted'; readonly data: RunCompleted }
  | { readonly type: 'RunFailed'; readonly data: RunFailed }
  | { readonly type: 'RunRefused'; readonly data: RunRefused };

export const noRun = (): Run => ({ status: 'ABSENT', planned: null, attempt: 0, beganAt: null });

/** The only writer of a run's state: also used by a rebuild from `training.runs.v1`. */
export function evolveRun(run: Run, fact: RunFact): Run {
  switch (fact.type) {
    case 'RunPlanned':
      return { ...run, status: 'PLANNED', planned: fact.data };
    case 'RunStarted':
      return { ...run, status: 'RUNNING', attempt: fact.data.attempt, beganAt: run.beganAt ?? fact.data.occurredAt };
    case 'RunCompleted':
      return { ...run, status: 'COMPLETED' };
    case 'RunFailed':
      return { ...run, status: 'FAILED' };
    case 'RunRefused':
      return run.status === 'ABSENT' ? { ...run, status: 'REFUSED' } : run;
  }
}

/** A worker takes the run, for the first time or again. */
export function startRun(
  run: Run,
  start: { readonly run: string; readonly job: string; readonly attempt: number; readonly worker: string },
  context: DecisionContext,
): RunFact[] {
  if (run.status !== 'PLANNED' && run.status !== 'RUNNING') return [];
  return [{ type: 'RunStarted', data: { ...stamp(context), ...start } }];
}

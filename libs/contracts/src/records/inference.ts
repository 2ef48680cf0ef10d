import { array, event, int, long, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';

const NS = 'io.millrace.inference';

export const ModelQuarantined = event(
  `${NS}.ModelQuarantined`,
  'A model kept killing lane workers: it is not run any more',
  {
    digest: string(),
    deaths: int('Deaths of workers inside this digest'),
    withinMs: int('Length of the window in which they were counted'),
    lastDeath: string('How the last worker ended'),
  },
);
export type ModelQuarantined = Infer<typeof ModelQuarantined>;

export const LiftQuarantine = record(`${NS}.LiftQuarantine`, 'Command: run the model again', {
  digest: string(),
  reason: string(),
});
export type LiftQuarantine = Infer<typeof LiftQuarantine>;

export const QuarantineLifted = event(`${NS}.QuarantineLifted`, 'The model may run again', {
  digest: string(),
  reason: string(),
  by: string('Actor'),
});
export type QuarantineLifted = Infer<typeof QuarantineLifted>;

export const QuarantineRefused = refusal(`${NS}.QuarantineRefused`, 'A quarantine was not lifted', {
  digest: string(),
});
export type QuarantineRefused = Infer<typeof QuarantineRefused>;

export const LaneStatus = record(`${NS}.LaneStatus`, 'What a lane worker is doing', {
  instance: string('Key of the record'),
  lanes: array(
    record(`${NS}.Lane`, 'One partition lane', {
      endpoint: string(),
      topic: string(),
      partition: int(),
      position: long('Next offset to be answered'),
      revision: long('Release revision; 0 = none'),
      state: string('running | paused | stopped'),
      reason: string('Why it does not run; empty when it does'),
    }),
  ),
});
export type LaneStatus = Infer<typeof LaneStatus>;

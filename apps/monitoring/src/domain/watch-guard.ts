import type { LearnerGuardReleased, LearnerGuardTripped, LearnerStopped } from '@millrace/contracts';
import type { AlertSubject, Hysteresis } from './alert';
import { type Observed, observed } from './observe';

/** The guard judges over many examples itself: what it says is raised, or resolved, at once. */
export const AT_ONCE: Hysteresis = { raise: 1, of: 1, resolve: 1 };

export const GUARD = 'GUARD';

/** Subject of the alerts about a learner's guard: `<learner>/<trip>`. */
export const guardOf = (learner: string): string => `${learner}/`;

const MEANINGS: Readonly<Record<string, string>> = {
  BURST: 'many labels surprise the learner, so it learns nothing until that ends',
  SPIKES: 'more single labels surprise the learner than a calibrated model meets',
  LABELS: 'many labels are missing or neither 0 nor 1',
};

/** What the guard of a learner says of the labels of its endpoint, as of the moment when it said so. */
export function watchGuard(
  { endpoint, major, learner, trip, occurredAt, taken, learned, refused }: LearnerGuardTripped | LearnerGuardReleased,
  event: string,
  breach: boolean,
): Observed<boolean> {
  const moment = { time: 'SENT' as const, start: occurredAt, end: occurredAt };
  const window = { endpoint, major, ...moment, slice: null, model: null, version: null, rows: taken };
  const statement = breach
    ? `${learner}: ${MEANINGS[trip] ?? 'its guard keeps labels away'}; millrace learner show ${learner} counts them`
    : `${learner}: the labels are as usual again`;
  const figures = { learned, ...refused };
  return observed(window, event, {
    rule: GUARD,
    subject: `${guardOf(learner)}${trip}`,
    breach,
    threshold: null,
    figures,
    statement,
  });
}

/** A learner that was stopped says nothing more of its guard, so what that has raised ends here. */
export function watchStop(
  about: AlertSubject,
  { learner, occurredAt }: LearnerStopped,
  event: string,
): Observed<boolean> {
  const statement = `${learner} was stopped: its guard keeps nothing away any more`;
  const moment = { time: 'SENT' as const, start: occurredAt, end: occurredAt, model: null, version: null };
  return {
    about,
    observation: { breach: false, window: { ...moment, rows: 0, figures: {}, threshold: null, statement, event } },
  };
}

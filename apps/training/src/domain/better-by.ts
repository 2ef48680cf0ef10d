import type { BesideScores, LearnerPlan, SnapshotPolicy } from '@millrace/contracts';

/** The released model must have scored this share of a whole window before anybody compares. */
const LEAST_SHARE = 0.5;

/**
 * By how many nats a learner beats the released model on the examples that both scored, where that is as much as its policy
 * demands for a release; else null. While the guard holds a burst back nothing is compared: its labels may be poison.
 */
export function betterBy(
  { releaseWhenBetterBy: margin }: SnapshotPolicy,
  { window }: Pick<LearnerPlan, 'window'>,
  beside: BesideScores | null,
  burst: boolean,
): number | null {
  if (margin === null || burst || beside === null || beside.examples < LEAST_SHARE * window) return null;
  if (beside.released.logLoss === null || beside.learner.logLoss === null) return null;
  const better = beside.released.logLoss - beside.learner.logLoss;
  return better >= margin ? better : null;
}

import type { LearnerSnapshotTaken, PrequentialScores } from '@millrace/contracts';
import type { NewVersion } from './register-version';

/** What a snapshot of an online learner hands to the registry; its scores and the released model's stand beside each other. */
export function versionFromLearner(snapshot: LearnerSnapshotTaken): NewVersion {
  const { learner, offset, stateHash, model, artifact, signature, scores, beside, learned, endpoint } = snapshot;
  return {
    model,
    artifact,
    signature,
    origin: 'LEARNER',
    run: null,
    dataset: null,
    datasetDigest: null,
    learner: { learner, offset, stateHash },
    metrics: { ...prefixed('prequential', scores), ...(beside && prefixed('released', beside.released)) },
    description: `${learner} after ${learned} examples of ${endpoint}, up to offset ${offset}`,
  };
}

/** A score that is not known yet is left out. */
const prefixed = (prefix: string, scores: PrequentialScores): Record<string, number> =>
  Object.fromEntries(
    Object.entries(scores).flatMap(([name, value]) => (value === null ? [] : [[`${prefix}.${name}`, value]])),
  );

/** Why a snapshot is proposed for release by itself; null when its learner's policy does not ask for that. */
export function releaseReason({ learner, offset, betterBy, beside }: LearnerSnapshotTaken): string | null {
  if (betterBy === null || beside === null) return null;
  return `${learner} at offset ${offset} beats the released model by ${betterBy.toFixed(4)} nats of log loss on the same ${beside.examples} examples.`;
}

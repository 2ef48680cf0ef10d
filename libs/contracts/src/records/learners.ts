import { array, double, enumeration, event, int, long, map, nullable, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';
import { ArtifactRef, ModelSignature } from './shared';
import { FeatureSpec } from './training';

const NS = 'io.millrace.training';

export const LearnerPlan = record(`${NS}.LearnerPlan`, 'Everything besides the examples that decides what is learned', {
  algorithm: string('logistic-ftrl | logistic-adagrad | hoeffding-tree'),
  features: array(FeatureSpec, 'What it learns from; `name` is the request field'),
  parameters: map(double(), 'Setting -> value; what is missing takes the default'),
  guard: map(double(), 'Settings of the guard against poisoned labels; what is missing takes the default'),
  window: int('Examples of the sliding window of the evaluation', { default: 1_000 }),
  detector: string('What finds changes in the errors: adwin | page-hinkley | ddm', { default: 'adwin' }),
  releasedOutput: nullable(string('Response field with the probability of label 1, to compare with; null = none')),
});
export type LearnerPlan = Infer<typeof LearnerPlan>;

export const SnapshotPolicy = record(`${NS}.SnapshotPolicy`, 'When a learner becomes a version of a model', {
  model: string('Model that the versions belong to'),
  everyExamples: nullable(int('Examples from one snapshot to the next, from 1,000; null = not by examples')),
  everySeconds: nullable(
    long(
      'Time from one snapshot to the next by the timestamps of the labelled records, in seconds; null = not by time',
    ),
  ),
  releaseWhenBetterBy: nullable(
    double(
      'Log loss in nats by which it must beat the released model on the examples of its window to be proposed for release by itself; null = never',
    ),
  ),
});
export type SnapshotPolicy = Infer<typeof SnapshotPolicy>;

const learnerFields = {
  learner: string('Name: [a-z][a-z0-9-]{0,62}'),
  endpoint: string(),
  major: int('Major of its topics', { default: 1 }),
  plan: LearnerPlan,
  reportEvery: int('Examples between two reports', { default: 1_000 }),
  snapshots: nullable(SnapshotPolicy, 'null = it never becomes a version'),
};

export const StartLearner = record(
  `${NS}.StartLearner`,
  'Command: learn from the labelled examples of an endpoint, from the first one on',
  learnerFields,
);
export type StartLearner = Infer<typeof StartLearner>;

export const LearnerStarted = event(`${NS}.LearnerStarted`, 'A learner follows the labelled examples of an endpoint', {
  ...learnerFields,
  labelledTopic: string('What it learns from'),
  startedBy: string('Actor'),
});
export type LearnerStarted = Infer<typeof LearnerStarted>;

export const PrequentialScores = record(`${NS}.PrequentialScores`, 'Predict first, then learn: how good that was', {
  accuracy: nullable(double('Share of labels called at 0.5')),
  auc: nullable(double('Null while there is one label only')),
  logLoss: nullable(double('In nats; null without examples')),
});
export type PrequentialScores = Infer<typeof PrequentialScores>;

export const BesideScores = record(
  `${NS}.BesideScores`,
  'The released model and the learner on the examples that both scored',
  {
    examples: int('How many'),
    released: PrequentialScores,
    learner: PrequentialScores,
  },
);
export type BesideScores = Infer<typeof BesideScores>;

export const LearnerReported = event(`${NS}.LearnerReported`, 'How a learner stands after some more examples', {
  learner: string('Name of the learner'),
  offset: long('Next offset of the labelled topic: the state is a function of the plan and of the log up to here'),
  stateHash: string('SHA-256 of the canonical state, lowercase hex'),
  taken: long('Examples since the beginning'),
  learned: long('Of those, learned from'),
  refused: map(long(), 'Reason -> examples that the guard kept away'),
  burst: int('1 while the guard holds learning back', { default: 0 }),
  window: int('Examples that the scores are over'),
  scores: PrequentialScores,
  floors: record(`${NS}.FloorScores`, 'What needs no features', {
    runningMean: PrequentialScores,
    lastLabels: PrequentialScores,
  }),
  beside: nullable(BesideScores, 'Null when the released model scored none of them'),
  errors: nullable(
    record(`${NS}.ErrorChanges`, 'Changes in the errors, squared distances of the probability from the label', {
      detector: string('adwin | page-hinkley | ddm'),
      rose: long('Times since the beginning that the errors became larger'),
      fell: long('Times since the beginning that the errors became smaller'),
      lastChange: nullable(string('ROSE | FELL'), 'The newest change; null when there was none'),
      lastOffset: nullable(long(), 'Offset of the example with which it was found; null when there was none'),
    }),
    'Null in reports from before there were detectors',
  ),
});
export type LearnerReported = Infer<typeof LearnerReported>;

/** What a snapshot is of: the same learner, offset and log give the same hash and the same bytes of the model. */
const snapshotFields = {
  learner: string('Name of the learner'),
  offset: long('Next offset of the labelled topic: what it knows is a function of the plan and of the log up to here'),
  stateHash: string('SHA-256 of the canonical state, lowercase hex'),
};

export const LearnerSnapshotTaken = event(
  `${NS}.LearnerSnapshotTaken`,
  'What a learner knew at an offset is an ONNX file, compared with the learner on real rows',
  {
    ...snapshotFields,
    endpoint: string(),
    major: int('Major of its topics'),
    model: string('Model that is to have it as a version'),
    because: enumeration(`${NS}.SnapshotCause`, ['UNKNOWN', 'EXAMPLES', 'SECONDS'], 'What was due', 'UNKNOWN'),
    taken: long('Examples since the beginning'),
    learned: long('Of those, learned from'),
    artifact: ArtifactRef,
    signature: ModelSignature,
    parity: record(`${NS}.SnapshotParity`, 'ONNX Runtime and the learner on the same rows', {
      rows: int('Real rows before the offset, and those rows with a value missing or never seen'),
      maxDifference: double('Largest difference of the probability'),
    }),
    window: int('Examples that the scores are over'),
    scores: PrequentialScores,
    beside: nullable(BesideScores, 'Null when the released model scored none of them'),
    betterBy: nullable(
      double('Nats by which it beats the released model, at least what the policy demands: to be proposed; null = not'),
    ),
  },
);
export type LearnerSnapshotTaken = Infer<typeof LearnerSnapshotTaken>;

export const LearnerSnapshotFailed = event(
  `${NS}.LearnerSnapshotFailed`,
  'A snapshot that was due did not become a file',
  {
    ...snapshotFields,
    reasonCode: string(),
    reason: string(),
  },
);
export type LearnerSnapshotFailed = Infer<typeof LearnerSnapshotFailed>;

export const GuardTrip = enumeration(
  `${NS}.GuardTrip`,
  ['UNKNOWN', 'BURST', 'SPIKES', 'LABELS'],
  'BURST: many labels that the learner finds too surprising, so it learns nothing; SPIKES: more single ones than a calibrated model meets; LABELS: labels that are missing or neither 0 nor 1',
  'UNKNOWN',
);

const guardFields = {
  learner: string('Name of the learner'),
  endpoint: string(),
  major: int('Major of its topics'),
  trip: GuardTrip,
  offset: long('Next offset of the labelled topic, behind the example with which it happened'),
  taken: long('Examples since the beginning'),
  learned: long('Of those, learned from'),
  refused: map(long(), 'Reason -> examples that the guard kept away since the beginning'),
};

export const LearnerGuardTripped = event(
  `${NS}.LearnerGuardTripped`,
  'The guard of a learner keeps more away than is usual: its labels deserve a look',
  guardFields,
);
export type LearnerGuardTripped = Infer<typeof LearnerGuardTripped>;

export const LearnerGuardReleased = event(
  `${NS}.LearnerGuardReleased`,
  'The labels of a learner are as usual again',
  guardFields,
);
export type LearnerGuardReleased = Infer<typeof LearnerGuardReleased>;

export const LeftOut = record(
  `${NS}.LeftOut`,
  'Examples that a learner does not learn from, since it was rolled back',
  {
    from: long('Offset of the first one in the labelled topic'),
    to: long('Offset after the last one'),
  },
);
export type LeftOut = Infer<typeof LeftOut>;

export const ForkLearner = record(
  `${NS}.ForkLearner`,
  'Command: let a new learner begin with what another one knew at an offset, and learn on from there',
  {
    learner: string('Name of the new learner: [a-z][a-z0-9-]{0,62}'),
    from: string('Name of the learner that it begins as'),
    to: nullable(long('Next offset of the labelled topic; null = where that learner stands')),
  },
);
export type ForkLearner = Infer<typeof ForkLearner>;

export const LearnerForked = event(
  `${NS}.LearnerForked`,
  'A new learner is to know what another one knew at an offset; LearnerStarted follows, and a report from that offset tells the hash',
  {
    learner: string('Name of the new learner'),
    from: string('Name of the learner that it begins as'),
    offset: long('Next offset of the labelled topic, up to which it learns the same'),
    leftOut: array(LeftOut, 'What that learner has left out before the offset'),
  },
);
export type LearnerForked = Infer<typeof LearnerForked>;

export const RollBackLearner = record(
  `${NS}.RollBackLearner`,
  'Command: let a learner know again what it knew at an offset; what it has learned from there on is left out for good',
  {
    learner: string('Name of the learner'),
    to: long('Next offset of the labelled topic'),
    reason: string(),
  },
);
export type RollBackLearner = Infer<typeof RollBackLearner>;

export const LearnerRolledBack = event(
  `${NS}.LearnerRolledBack`,
  'A learner reads the log again and leaves out what it had learned from an offset on; a report from that offset tells the hash',
  {
    learner: string('Name of the learner'),
    offset: long('Next offset of the labelled topic that it goes back to'),
    reached: long('Next offset that it had reached: from here on it learns on'),
    leftOut: array(LeftOut, 'All that it leaves out from now on, in the order of the log'),
    reason: string(),
    by: string('Actor'),
  },
);
export type LearnerRolledBack = Infer<typeof LearnerRolledBack>;

export const StopLearner = record(`${NS}.StopLearner`, 'Command: learn no more', {
  learner: string('Name of the learner'),
  reason: string(),
});
export type StopLearner = Infer<typeof StopLearner>;

export const LearnerStopped = event(`${NS}.LearnerStopped`, 'A learner learns no more', {
  learner: string('Name of the learner'),
  reason: string(),
  by: string('Actor'),
});
export type LearnerStopped = Infer<typeof LearnerStopped>;

export const LearnerRefused = refusal(`${NS}.LearnerRefused`, 'A command about a learner was refused', {
  learner: string('Name of the learner'),
});
export type LearnerRefused = Infer<typeof LearnerRefused>;

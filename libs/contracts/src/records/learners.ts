import { array, double, event, int, long, map, nullable, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';
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

const learnerFields = {
  learner: string('Name: [a-z][a-z0-9-]{0,62}'),
  endpoint: string(),
  major: int('Major of its topics', { default: 1 }),
  plan: LearnerPlan,
  reportEvery: int('Examples between two reports', { default: 1_000 }),
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
  beside: nullable(
    record(`${NS}.BesideScores`, 'The released model and the learner on the examples that both scored', {
      examples: int('How many'),
      released: PrequentialScores,
      learner: PrequentialScores,
    }),
    'Null when the released model scored none of them',
  ),
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

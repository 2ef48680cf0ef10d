export { canonicalJson, digestOf, type JsonValue } from './canonical-json';
export { applyFeatures } from './features/apply-features';
export { CALENDAR_PARTS, type CalendarPart, calendarPart } from './features/calendar';
export { type Extrapolation, findExtrapolation } from './features/extrapolation';
export type { FeatureStep, FittedStep, Input, InputKind } from './features/feature-step';
export { type FittedFeatures, fitFeatures } from './features/fit-features';
export type { DenseColumn, IndexedColumn, Matrix } from './features/matrix';
export { LEARNERS } from './learners/catalogue';
export type { Learner, ParameterRule, ParameterRules, Problem, Training } from './learners/learner';
export { type LogisticParameters, logisticRegression } from './learners/linear/logistic-regression';
export type { ConstantModel, LinearModel, Model, Task, Tree, TreesModel } from './learners/model';
export { readParameters } from './learners/parameters';
export { predict, predictValue } from './learners/predict';
export { prior } from './learners/prior';
export { type BoostedTreesParameters, gradientBoostedTrees } from './learners/trees/gradient-boosted-trees';
export { LearningError, type LearningErrorCode } from './learning-error';
export { ONLINE_LEARNERS } from './online/catalogue';
export type { ErrorChanges } from './online/evaluation/error-watch';
export type { PrequentialMetrics, PrequentialReport } from './online/evaluation/prequential';
export { GUARD_PARAMETERS, GUARD_REASONS, type GuardParameters, type GuardReason } from './online/guard/label-guard';
export type { OnlineLearner, OnlineLearnerKind } from './online/online-learner';
export type { Row, RowLayout } from './online/rows/row-layout';
export { hashOfState, ONLINE_VERSION } from './online/state/sealed-state';
export { type OnlineExample, type OnlinePlan, type Taken, TestThenTrain } from './online/test-then-train';
export { Random } from './random';
export {
  type CategoricalColumn,
  type Column,
  checkTable,
  columnOf,
  labelsOf,
  type NumericColumn,
  type Table,
  type TimeColumn,
} from './table/table';
export { tableDigest } from './table/table-digest';
export { takeRows } from './table/take-rows';
export { inTimeOrder, spreadSample } from './table/time-order';
export { TRAINER_VERSION } from './trainer-version';
export { type CandidateScore, DECIDING_METRIC, type FoldScore } from './training/candidate-score';
export { type InputProfile, MAX_SIGNATURE_CATEGORIES } from './training/profile-inputs';
export { extrapolationWarnings, predictTable, type TrainedModel } from './training/trained-model';
export { BASELINE, type Candidate, type TrainingPlan } from './training/training-plan';
export { type RunProgress, type RunResult, TrainingRun } from './training/training-run';

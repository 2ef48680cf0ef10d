export { canonicalJson, digestOf, type JsonValue } from './canonical-json';
export { applyFeatures } from './features/apply-features';
export { CALENDAR_PARTS, type CalendarPart, calendarPart } from './features/calendar';
export { type Extrapolation, findExtrapolation } from './features/extrapolation';
export type { FeatureStep, FittedStep, Input, InputKind } from './features/feature-step';
export { type FittedFeatures, fitFeatures } from './features/fit-features';
export type { DenseColumn, IndexedColumn, Matrix } from './features/matrix';
export type { Learner, ParameterRule, ParameterRules, Problem, Training } from './learners/learner';
export { type LogisticParameters, logisticRegression } from './learners/linear/logistic-regression';
export type { ConstantModel, LinearModel, Model, Task, Tree, TreesModel } from './learners/model';
export { readParameters } from './learners/parameters';
export { predict, predictValue } from './learners/predict';
export { prior } from './learners/prior';
export { type BoostedTreesParameters, gradientBoostedTrees } from './learners/trees/gradient-boosted-trees';
export { LearningError, type LearningErrorCode } from './learning-error';
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

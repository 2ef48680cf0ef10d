export { auc } from './auc';
export { brierScore } from './brier-score';
export { type Calibration, calibration, type ReliabilityBin } from './calibration';
export { accuracy, type Confusion, confusion, f1, precision, recall } from './confusion';
export { Adwin, type AdwinSettings } from './detectors/adwin';
export { DETECTORS } from './detectors/catalogue';
export type { Change, ChangeDetector, DetectorName } from './detectors/change-detector';

export { compareShares, type SharesCompared } from './drift/compare-shares';
export {
  type ColumnDrift,
  DRIFT_DEFAULTS,
  type DriftJudgement,
  type DriftOptions,
  type DriftTest,
  type DriftTestName,
  judgeDrift,
} from './drift/judge-drift';

export { evaluateClassification, evaluateRegression, type MetricValues } from './evaluate';
export { EvaluationError, type EvaluationErrorCode } from './evaluation-error';
export { logLoss } from './log-loss';
export {
  type ClassificationFigures,
  ClassificationQuality,
  type ClassificationQualityState,
} from './quality/classification-quality';
export type { Estimate, Estimates } from './quality/estimate';
export { type RegressionFigures, RegressionQuality, type RegressionQualityState } from './quality/regression-quality';
export { meanAbsoluteError, rootMeanSquaredError } from './regression-errors';
export { QuantileSketch, type QuantileSketchState } from './sketches/quantile-sketch';
export { ExactSum, type ExactSumState } from './sums/exact-sum';
export type { CategoryWindowState } from './windows/category-window';
export { momentsOf, type NumberWindowState } from './windows/number-window';
export {
  type CategoryReference,
  type ColumnReference,
  type ColumnRole,
  categoryReference,
  checkProfile,
  keyOf,
  type NumberReference,
  numberReference,
  type ReferenceProfile,
} from './windows/reference-profile';
export {
  type ColumnState,
  type CountedStatus,
  checkState,
  STATUSES,
  WindowAccumulator,
  type WindowRow,
  type WindowState,
} from './windows/window-accumulator';

export { auc } from './auc';
export { brierScore } from './brier-score';
export { type Calibration, calibration, type ReliabilityBin } from './calibration';
export { accuracy, type Confusion, confusion, f1, precision, recall } from './confusion';
export { evaluateClassification, evaluateRegression, type MetricValues } from './evaluate';
export { logLoss } from './log-loss';
export { meanAbsoluteError, rootMeanSquaredError } from './regression-errors';

import { auc } from './auc';
import { brierScore } from './brier-score';
import { calibration } from './calibration';
import type { Numbers } from './check-lengths';
import { accuracy, confusion, f1, precision, recall } from './confusion';
import { logLoss } from './log-loss';
import { meanAbsoluteError, rootMeanSquaredError } from './regression-errors';

/** Metric name -> value. A metric that is undefined on these rows (AUC with one class, precision without a positive call) is absent. */
export type MetricValues = Readonly<Record<string, number>>;

/** All metrics of a binary classification; `threshold` turns a probability into a call. */
export function evaluateClassification(labels: Numbers, probabilities: Numbers, threshold = 0.5): MetricValues {
  const counts = confusion(labels, probabilities, threshold);
  return defined({
    rows: labels.length,
    positiveRate: mean(labels),
    meanProbability: mean(probabilities),
    auc: auc(labels, probabilities),
    logLoss: logLoss(labels, probabilities),
    brier: brierScore(labels, probabilities),
    calibrationError: calibration(labels, probabilities).expectedError,
    accuracy: accuracy(counts),
    precision: precision(counts),
    recall: recall(counts),
    f1: f1(counts),
  });
}

/** All metrics of a regression, in the unit of the label. */
export function evaluateRegression(labels: Numbers, predictions: Numbers): MetricValues {
  return defined({
    rows: labels.length,
    meanLabel: mean(labels),
    meanPrediction: mean(predictions),
    rmse: rootMeanSquaredError(labels, predictions),
    mae: meanAbsoluteError(labels, predictions),
  });
}

function mean(values: Numbers): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row];
  return sum / values.length;
}

function defined(metrics: Record<string, number>): MetricValues {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

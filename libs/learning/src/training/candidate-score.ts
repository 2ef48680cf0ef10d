import { evaluateClassification, evaluateRegression, type MetricValues } from '@millrace/evaluation';
import type { Task } from '../learners/model';

export interface FoldScore {
  readonly fold: number;
  readonly metrics: MetricValues;
}

/** One candidate over all folds; mean and sd (n - 1) of a metric are over the folds on which it is defined. */
export interface CandidateScore {
  readonly candidate: string;
  readonly folds: readonly FoldScore[];
  readonly mean: MetricValues;
  readonly sd: MetricValues;
}

/** The metric that chooses, lower is better: proper scores that are defined on every fold, also where one class is missing. */
export const DECIDING_METRIC: Readonly<Record<Task, 'logLoss' | 'rmse'>> = {
  BINARY_CLASSIFICATION: 'logLoss',
  REGRESSION: 'rmse',
};

export function judge(task: Task, labels: ArrayLike<number>, predictions: Float64Array): MetricValues {
  return task === 'REGRESSION' ? evaluateRegression(labels, predictions) : evaluateClassification(labels, predictions);
}

export function summarise(candidate: string, folds: readonly FoldScore[]): CandidateScore {
  const names = [...new Set(folds.flatMap((fold) => Object.keys(fold.metrics)))];
  const valuesOf = (name: string) => folds.flatMap(({ metrics }) => (name in metrics ? [metrics[name]] : []));
  const over = (statistic: (values: number[]) => number) =>
    Object.fromEntries(names.map((name) => [name, statistic(valuesOf(name))]));
  return { candidate, folds, mean: over(mean), sd: over(sampleDeviation) };
}

/** The candidate with the best mean; the earlier one of equals. */
export function chooseBest(task: Task, scores: readonly CandidateScore[]): CandidateScore {
  const metric = DECIDING_METRIC[task];
  return scores.reduce((best, score) => (score.mean[metric] < best.mean[metric] ? score : best));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function sampleDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

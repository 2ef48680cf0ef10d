import type { DenseColumn, IndexedColumn, Matrix } from './matrix';

export interface Extrapolation {
  readonly feature: string;
  /** Part of the hold-out rows whose value training has never reached, 0 to 1. */
  readonly share: number;
}

/**
 * Features that on at least `threshold` of the hold-out rows take a value outside the training range (of a one-hot block: an
 * index that training never had). A split by time shows them - month, day of year, counters - where a random split hides
 * them; a model that leans on one cannot be trusted later.
 */
export function findExtrapolation(training: Matrix, holdOut: Matrix, threshold = 0.1): Extrapolation[] {
  const dense = training.dense.map((column, at) => shareOutsideRange(column, holdOut.dense[at]));
  const indexed = training.indexed.map((column, at) => shareUnseen(column, holdOut.indexed[at]));
  return [...dense, ...indexed].filter(({ share }) => share >= threshold);
}

function shareOutsideRange(training: DenseColumn, holdOut: DenseColumn): Extrapolation {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of training.values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  let outside = 0;
  for (const value of holdOut.values) if (value < min || value > max) outside++;
  return { feature: training.name, share: outside / Math.max(1, holdOut.values.length) };
}

function shareUnseen(training: IndexedColumn, holdOut: IndexedColumn): Extrapolation {
  const seen = new Uint8Array(training.size);
  for (const index of training.indices) seen[index] = 1;
  let outside = 0;
  for (const index of holdOut.indices) if (!seen[index]) outside++;
  return { feature: training.name, share: outside / Math.max(1, holdOut.indices.length) };
}

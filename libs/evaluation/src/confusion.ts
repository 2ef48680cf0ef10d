import { checkLengths, type Numbers } from './check-lengths';

/** Counts of rows by what was said (probability >= threshold) and what came true. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export function confusion(labels: Numbers, probabilities: Numbers, threshold = 0.5): Confusion {
  checkLengths(labels, probabilities);
  const counts = [0, 0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    counts[(labels[row] === 1 ? 2 : 0) + (probabilities[row] >= threshold ? 1 : 0)]++;
  }
  const [trueNegatives, falsePositives, falseNegatives, truePositives] = counts;
  return { truePositives, falsePositives, trueNegatives, falseNegatives };
}

/** Part of all rows that was right. NaN without rows. */
export function accuracy(c: Confusion): number {
  const right = c.truePositives + c.trueNegatives;
  return right / (right + c.falsePositives + c.falseNegatives);
}

/** Part of the rows called positive that were positive. NaN when none was called positive. */
export function precision(c: Confusion): number {
  return c.truePositives / (c.truePositives + c.falsePositives);
}

/** Part of the positive rows that was called positive. NaN when there is no positive row. */
export function recall(c: Confusion): number {
  return c.truePositives / (c.truePositives + c.falseNegatives);
}

/** Harmonic mean of precision and recall (van Rijsbergen 1979). NaN when there is neither a positive row nor a positive call. */
export function f1(c: Confusion): number {
  return (2 * c.truePositives) / (2 * c.truePositives + c.falsePositives + c.falseNegatives);
}

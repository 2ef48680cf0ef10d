import { upperGamma } from '../numerics/gamma';
import { type Cells, totalOf } from './cells';

export interface ChiSquare {
  readonly statistic: number;
  /** Cells less one; 0 when there is nothing to compare, and the statistic is then 0 and the p-value 1. */
  readonly degrees: number;
  readonly pValue: number;
}

/**
 * Pearson's chi-square for the same shares in two samples. Both sizes count: a reference of few rows makes differences less
 * surprising. The cells should be pooled (`poolCells`), or the p-value of rare ones is wrong.
 */
export function chiSquare(reference: Cells, window: Cells): ChiSquare {
  const [m, n] = [totalOf(reference), totalOf(window)];
  const degrees = reference.length - 1;
  if (m === 0 || n === 0 || degrees < 1) return { statistic: 0, degrees: 0, pValue: 1 };
  let statistic = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    const both = reference[cell] + window[cell];
    // (O - E)^2 / E of both samples together.
    if (both > 0) statistic += (reference[cell] * n - window[cell] * m) ** 2 / (m * n * both);
  }
  return { statistic, degrees, pValue: upperGamma(degrees / 2, statistic / 2) };
}

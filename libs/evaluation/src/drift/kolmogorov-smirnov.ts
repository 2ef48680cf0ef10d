import { type Cells, totalOf } from './cells';

export interface KolmogorovSmirnov {
  /** The largest distance between the two shares of values up to an edge, 0 to 1. */
  readonly statistic: number;
  /** At most this likely without drift. */
  readonly pValue: number;
}

/**
 * Kolmogorov and Smirnov for two samples that are counted in ordered cells. The distance is taken at the edges alone: exact for
 * values that only the cells tell apart, else at most that of the values. The limit distribution (Smirnov 1948) then gives
 * a p-value that is too large rather than too small (Noether 1963). NaN when a sample is empty.
 */
export function kolmogorovSmirnov(reference: Cells, window: Cells): KolmogorovSmirnov {
  const [m, n] = [totalOf(reference), totalOf(window)];
  if (m === 0 || n === 0) return { statistic: Number.NaN, pValue: Number.NaN };
  let [below, belowWindow, statistic] = [0, 0, 0];
  for (let cell = 0; cell < reference.length; cell++) {
    below += reference[cell];
    belowWindow += window[cell];
    statistic = Math.max(statistic, Math.abs(below / m - belowWindow / n));
  }
  return { statistic, pValue: smirnovTail(statistic * Math.sqrt((m * n) / (m + n))) };
}

/** P(K > x) of the limit distribution: 2 sum (-1)^(k-1) exp(-2 k^2 x^2). */
export function smirnovTail(x: number): number {
  // Below this the series needs many terms and the tail is 1 to 15 digits.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 40; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18 * Math.abs(sum)) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

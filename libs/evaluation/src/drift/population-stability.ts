import { type Cells, totalOf } from './cells';

/** Added to every count, so that an empty cell costs much but not everything (the prior of Jeffreys 1946). */
const PRIOR = 0.5;

/**
 * Population stability index: sum of (q - p) ln(q / p) over the cells, in nats, which is the divergence of Jeffreys (Kullback and
 * Leibler 1951). Custom has it that 0.1 is worth a look and 0.25 a large shift (Siddiqi 2006). NaN when a sample is empty.
 */
export function populationStability(reference: Cells, window: Cells): number {
  const [m, n] = [totalOf(reference), totalOf(window)];
  if (m === 0 || n === 0) return Number.NaN;
  const k = reference.length;
  let sum = 0;
  for (let cell = 0; cell < k; cell++) {
    const p = (reference[cell] + PRIOR) / (m + PRIOR * k);
    const q = (window[cell] + PRIOR) / (n + PRIOR * k);
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

/**
 * What the index is on average when nothing has drifted and both are samples: (cells - 1) (1/m + 1/n), because it then follows that
 * multiple of chi-square (Yurdakul and Naranjo 2020, https://doi.org/10.21314/JRMV.2020.227).
 */
export const stabilityNoise = (cells: number, m: number, n: number): number => (cells - 1) * (1 / m + 1 / n);

import { type Cells, totalOf } from './cells';

/** Jensen-Shannon divergence with equal weights, in bits: 0 for equal shares, 1 for shares without a common cell (Lin 1991). NaN when a sample is empty. */
export function jensenShannon(reference: Cells, window: Cells): number {
  const [m, n] = [totalOf(reference), totalOf(window)];
  if (m === 0 || n === 0) return Number.NaN;
  let sum = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    const p = reference[cell] / m;
    const q = window[cell] / n;
    const middle = (p + q) / 2;
    if (p > 0) sum += p * Math.log2(p / middle);
    if (q > 0) sum += q * Math.log2(q / middle);
  }
  return Math.max(0, sum / 2);
}

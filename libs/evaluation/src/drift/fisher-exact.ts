import { logGamma } from '../numerics/gamma';

/**
 * Fisher's exact test, one-sided (Fisher 1935): how likely `hits` or more of the `n` rows of the window would be, given that the
 * `referenceHits` + `hits` that both samples have were spread by chance over m + n rows. Right for any counts, zero included, so it is for what
 * should not happen: missing, unseen, out of range.
 */
export function fisherRise(referenceHits: number, m: number, hits: number, n: number): number {
  const all = referenceHits + hits;
  const [least, most] = [Math.max(0, all - m), Math.min(n, all)];
  if (hits <= least) return 1;
  const logChoose = (from: number, take: number) => logGamma(from + 1) - logGamma(take + 1) - logGamma(from - take + 1);
  const likely = (x: number) => Math.exp(logChoose(n, x) + logChoose(m, all - x) - logChoose(m + n, all));
  // Steps away from the mode, where each term is smaller than the one before, so the sum may stop early.
  const mode = Math.floor(((n + 1) * (all + 1)) / (m + n + 2));
  let sum = 0;
  if (hits > mode) {
    let term = likely(hits);
    for (let x = hits; x <= most && term > sum * 1e-17; x++) {
      sum += term;
      term *= ((n - x) * (all - x)) / ((x + 1) * (m - all + x + 1));
    }
    return Math.min(1, sum);
  }
  let term = likely(hits - 1);
  for (let x = hits - 1; x >= least && term > sum * 1e-17; x--) {
    sum += term;
    term *= (x * (m - all + x)) / ((n - x + 1) * (all - x + 1));
  }
  return Math.max(0, 1 - sum);
}

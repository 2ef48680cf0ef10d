import { log, normalBelow } from '../elementary';
import { type LeafStatistics, NUMBER_FIELDS } from './leaf-statistics';

/** Thresholds tried per number, evenly between its smallest and largest value in the leaf. */
const THRESHOLDS = 10;
/** A side with less than this part of the examples is no side. */
const LEAST_SHARE = 0.01;

/** Left: number <= threshold, or a category other than `code`. */
export interface Split {
  /** Numbers first, then categories. */
  readonly feature: number;
  /** A float32 value; 0 for a category. */
  readonly threshold: number;
  /** -1 for a number. */
  readonly code: number;
  /** Information gain in bits over the examples whose feature is present, times their share. */
  readonly gain: number;
  /** Expected examples by [side][label]: left 0, left 1, right 0, right 1. Missing ones stand on the larger side. */
  readonly sides: readonly [number, number, number, number];
  readonly missingLeft: boolean;
}

/** The best split of each feature that has one. */
export function bestSplits(leaf: LeafStatistics): Split[] {
  const labels: Labels = [leaf.labels[0], leaf.labels[1]];
  const numbers = leaf.numbers.length / NUMBER_FIELDS;
  const splits: (Split | null)[] = [];
  for (let i = 0; i < numbers; i++) splits.push(bestThreshold(leaf, i, labels));
  for (const [i, counts] of leaf.counts.entries()) splits.push(bestCategory(counts, numbers + i, labels));
  return splits.filter((split) => split !== null);
}

type Labels = readonly [number, number];
interface Candidate {
  threshold: number;
  code: number;
  left0: number;
  left1: number;
  gain: number;
}

function bestThreshold(leaf: LeafStatistics, number: number, labels: Labels): Split | null {
  const [n0, mean0, squares0, n1, mean1, squares1, min, max] = leaf.numbers.subarray(NUMBER_FIELDS * number);
  if (n0 + n1 === 0 || !(max > min)) return null;
  const deviation0 = n0 > 1 ? Math.sqrt(squares0 / (n0 - 1)) : 0;
  const deviation1 = n1 > 1 ? Math.sqrt(squares1 / (n1 - 1)) : 0;
  let best: Candidate | null = null;
  for (let k = 1; k <= THRESHOLDS; k++) {
    const threshold = Math.fround(min + ((max - min) * k) / (THRESHOLDS + 1));
    const left0 = n0 * shareBelow(threshold, mean0, deviation0);
    const left1 = n1 * shareBelow(threshold, mean1, deviation1);
    const gain = gainOf(left0, left1, n0 - left0, n1 - left1);
    if (gain > (best?.gain ?? 0)) best = { threshold, code: -1, left0, left1, gain };
  }
  return best && splitOf(best, number, n0, n1, labels);
}

function bestCategory(counts: Uint32Array, feature: number, labels: Labels): Split | null {
  let best: Candidate | null = null;
  // The others at the end are no category of their own.
  for (let code = 0; code < counts.length / 2 - 1; code++) {
    const right0 = counts[2 * code];
    const right1 = counts[2 * code + 1];
    if (right0 + right1 === 0) continue;
    const left0 = labels[0] - right0;
    const left1 = labels[1] - right1;
    const gain = gainOf(left0, left1, right0, right1);
    if (gain > (best?.gain ?? 0)) best = { threshold: 0, code, left0, left1, gain };
  }
  return best && splitOf(best, feature, labels[0], labels[1], labels);
}

function splitOf(best: Candidate, feature: number, n0: number, n1: number, [all0, all1]: Labels): Split {
  const { left0, left1, threshold, code } = best;
  const missingLeft = 2 * (left0 + left1) >= n0 + n1;
  const absent0 = all0 - n0;
  const absent1 = all1 - n1;
  return {
    feature,
    threshold,
    code,
    gain: (best.gain * (n0 + n1)) / (all0 + all1),
    sides: [
      left0 + (missingLeft ? absent0 : 0),
      left1 + (missingLeft ? absent1 : 0),
      n0 - left0 + (missingLeft ? 0 : absent0),
      n1 - left1 + (missingLeft ? 0 : absent1),
    ],
    missingLeft,
  };
}

function shareBelow(threshold: number, mean: number, deviation: number): number {
  if (deviation > 0) return normalBelow((threshold - mean) / deviation);
  return mean <= threshold ? 1 : 0;
}

function gainOf(left0: number, left1: number, right0: number, right1: number): number {
  const left = left0 + left1;
  const right = right0 + right1;
  const all = left + right;
  if (left < LEAST_SHARE * all || right < LEAST_SHARE * all) return 0;
  return (
    entropy(left0 + right0, left1 + right1) - (left * entropy(left0, left1) + right * entropy(right0, right1)) / all
  );
}

/** In bits. */
function entropy(a: number, b: number): number {
  const all = a + b;
  return a > 0 && b > 0 ? -(a * log(a / all) + b * log(b / all)) / (all * Math.LN2) : 0;
}

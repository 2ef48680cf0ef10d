import type { Estimate } from './estimate';
import { wilson } from './estimate';
import { scoreBin } from './score-bin';

/** Different scores that are told apart; with one more, all go into bins. */
export const SCORES_MOST = 2_000;

export interface ScoreCountsState {
  /** EXACT: `scores` are scores. BINNED: they are numbers of bins (`scoreBin`). Ascending. */
  readonly kind: 'EXACT' | 'BINNED';
  readonly scores: readonly number[];
  /** Rows of each score by label. */
  readonly negatives: readonly number[];
  readonly positives: readonly number[];
}

/**
 * How often each score came with each label, for AUC. Exact as long as there are at most 2,000 different scores, which windows of up to
 * so many rows always are; else in 2,560 bins. Whether binned or not depends on the rows alone, not on their order or on merges.
 */
export class ScoreCounts {
  private binned = false;
  private counts = new Map<number, [number, number]>();

  add(label: 0 | 1, probability: number, rows = 1): void {
    // Minus zero is another key's bits but the same score.
    this.raise(this.binned ? scoreBin(probability) : probability + 0, label, rows);
    if (!this.binned && this.counts.size > SCORES_MOST) this.toBins();
  }

  merge(state: ScoreCountsState): void {
    if (state.kind === 'BINNED' && !this.binned) this.toBins();
    state.scores.forEach((score, i) => {
      for (const label of [0, 1] as const) {
        const rows = label === 1 ? state.positives[i] : state.negatives[i];
        if (rows === 0) continue;
        if (state.kind === 'BINNED') this.raise(score, label, rows);
        else this.add(label, score, rows);
      }
    });
  }

  state(): ScoreCountsState {
    const scores = [...this.counts.keys()].sort((a, b) => a - b);
    const rowsOf = (label: 0 | 1) => scores.map((score) => this.counts.get(score)?.[label] ?? 0);
    return {
      kind: this.binned ? 'BINNED' : 'EXACT',
      scores,
      negatives: rowsOf(0),
      positives: rowsOf(1),
    };
  }

  /** AUC with the interval of DeLong; `error` is the most by which the bins can have moved the value, 0 while exact. */
  auc(z: number): Estimate & { readonly error: number } {
    const { negatives, positives } = this.state();
    const estimate = deLong(negatives, positives, z);
    return { ...estimate, error: this.binned ? tieShare(negatives, positives) / 2 : 0 };
  }

  private raise(key: number, label: 0 | 1, rows: number): void {
    const found = this.counts.get(key);
    if (found) found[label] += rows;
    else this.counts.set(key, label === 1 ? [0, rows] : [rows, 0]);
  }

  private toBins(): void {
    const exact = this.counts;
    this.binned = true;
    this.counts = new Map();
    for (const [score, [negatives, positives]] of exact) {
      if (negatives > 0) this.raise(scoreBin(score), 0, negatives);
      if (positives > 0) this.raise(scoreBin(score), 1, positives);
    }
  }
}

/** Of all pairs of a negative and a positive row, those with one score. */
function tieShare(negatives: readonly number[], positives: readonly number[]): number {
  const [n, p] = [sum(negatives), sum(positives)];
  return negatives.reduce((ties, rows, i) => ties + (rows / n) * (positives[i] / p), 0);
}

/**
 * AUC and its variance from the placements of each row among those of the other label (DeLong, DeLong and Clarke-Pearson 1988,
 * https://doi.org/10.2307/2531595), the interval on the scale of log odds, so that it stays within 0 to 1. A perfect order has no
 * variance to go by; the interval is then that of as many hits as the rarer label has rows (Wilson). NaN with one label only.
 */
function deLong(negatives: readonly number[], positives: readonly number[], z: number): Estimate {
  const [n, p] = [sum(negatives), sum(positives)];
  let [below, above] = [0, p];
  let value = 0;
  let [squaresOfPositives, squaresOfNegatives] = [0, 0];
  for (let i = 0; i < negatives.length; i++) {
    above -= positives[i];
    // A tie counts half.
    const beaten = (below + negatives[i] / 2) / n;
    const beatenBy = (above + positives[i] / 2) / p;
    value += (positives[i] / p) * beaten;
    squaresOfPositives += positives[i] * beaten * beaten;
    squaresOfNegatives += negatives[i] * beatenBy * beatenBy;
    below += negatives[i];
  }
  const spread = (squares: number, rows: number) => Math.max(0, squares / rows - value * value) / (rows - 1);
  const variance = spread(squaresOfPositives, p) + spread(squaresOfNegatives, n);
  const odds = value * (1 - value);
  if (!(variance > 0) || !(odds > 0)) return wilson(value * Math.min(n, p), Math.min(n, p), z);
  const [logOdds, reach] = [Math.log(value / (1 - value)), (z * Math.sqrt(variance)) / odds];
  const share = (x: number) => 1 / (1 + Math.exp(-x));
  return { value, low: share(logOdds - reach), high: share(logOdds + reach) };
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

import { wrongState } from './detector-errors';

/** Buckets of a size that are kept apart; with one more the two oldest become one of the next size. */
const BUCKETS = 5;
/** Sizes 2^0 ... 2^39 hold more values than any stream has. */
const ROWS = 40;
/** Of a state: three of the whole, then for each row its length and two for each bucket. */
export const MOST_NUMBERS = 3 + ROWS * (1 + 2 * BUCKETS);

export interface Bucket {
  readonly count: number;
  readonly total: number;
  /** Sum of squared distances from the mean of the bucket. */
  readonly variance: number;
}

/**
 * A window over a stream in buckets whose sizes are powers of two, small and new to large and old (Datar, Gionis, Indyk and Motwani
 * 2002): logarithmic memory, and the oldest bucket can be dropped.
 */
export class ExponentialHistogram {
  count = 0;
  total = 0;
  /** Sum of squared distances from the mean of the window. */
  variance = 0;
  /** Row r holds the buckets of 2^r values, oldest first. */
  private readonly rows: Bucket[][] = [[]];

  add(value: number): void {
    if (this.count > 0) this.variance += spread(this.count, this.total, 1, value);
    this.count++;
    this.total += value;
    this.rows[0].push({ count: 1, total: value, variance: 0 });
    for (let row = 0; this.rows[row].length > BUCKETS; row++) {
      const [a, b] = this.rows[row].splice(0, 2);
      if (row + 1 === this.rows.length) this.rows.push([]);
      this.rows[row + 1].push({
        count: a.count + b.count,
        total: a.total + b.total,
        variance: a.variance + b.variance + spread(a.count, a.total, b.count, b.total),
      });
    }
  }

  *oldestFirst(): Generator<Bucket> {
    for (let row = this.rows.length - 1; row >= 0; row--) yield* this.rows[row];
  }

  dropOldest(buckets: number): void {
    for (let dropped = 0; dropped < buckets; dropped++) {
      const oldest = this.rows.at(-1)?.shift();
      if (oldest === undefined) return;
      this.count -= oldest.count;
      this.total -= oldest.total;
      const between = this.count > 0 ? spread(oldest.count, oldest.total, this.count, this.total) : 0;
      // What rounding leaves below zero would make the bound of a cut NaN.
      this.variance = Math.max(0, this.variance - oldest.variance - between);
      while (this.rows.length > 1 && this.rows.at(-1)?.length === 0) this.rows.pop();
    }
  }

  state(): number[] {
    const rows = this.rows.map((row) => [row.length, ...row.flatMap(({ total, variance }) => [total, variance])]);
    return [this.count, this.total, this.variance, ...rows.flat()];
  }

  /** @throws EvaluationError EVALUATION_STATE_MISMATCH */
  static fromState(state: readonly number[]): ExponentialHistogram {
    const histogram = new ExponentialHistogram();
    const [count, total, variance, ...rest] = state;
    histogram.rows.length = 0;
    let counted = 0;
    for (let at = 0; at < rest.length; ) {
      const length = rest[at];
      const size = 2 ** histogram.rows.length;
      const end = at + 1 + 2 * length;
      if (!Number.isInteger(length) || length < 0 || length > BUCKETS || end > rest.length)
        throw wrongState('adwin', 'is cut or damaged');
      const row: Bucket[] = [];
      for (at++; at < end; at += 2) row.push({ count: size, total: rest[at], variance: rest[at + 1] });
      counted += size * length;
      histogram.rows.push(row);
    }
    if (counted !== count || histogram.rows.length === 0 || !(variance >= 0))
      throw wrongState('adwin', `has ${counted} values in its buckets and says ${count}`);
    return Object.assign(histogram, { count, total, variance });
  }
}

/** By how much two parts together spread more than each by itself. */
const spread = (n: number, total: number, m: number, other: number): number =>
  ((n * m) / (n + m)) * (total / n - other / m) ** 2;

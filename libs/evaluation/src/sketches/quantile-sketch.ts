import { EvaluationError } from '../evaluation-error';
import { ExactSum, type ExactSumState } from '../sums/exact-sum';

/** At or below this a value counts as zero: a nanosecond where the unit is seconds. */
const SMALLEST = 1e-9;

export interface QuantileSketchState {
  readonly relativeError: number;
  readonly maxBuckets: number;
  /** Values added, those that count as zero included, what was no finite number not. */
  readonly count: number;
  /** Values at or below 1e-9, negative ones included (clocks that disagree). */
  readonly zeros: number;
  /** NaN and infinities; they are in no quantile. */
  readonly invalid: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly sum: ExactSumState;
  /** Index of the first bucket; `counts` begins and ends with a bucket that is not empty. */
  readonly first: number;
  readonly counts: readonly number[];
}

/**
 * Quantiles of a stream of positive numbers in bounded memory (DDSketch: Masson, Rim and Lee 2019, PVLDB 12(12)). Bucket i counts
 * values in (g^(i-1), g^i], g = (1 + e) / (1 - e), so every quantile is within the relative error e of the sample's. Only the
 * `maxBuckets` highest buckets are kept; what lies lower is folded into the lowest, and the promise then holds for the
 * quantiles above it. 2,048 buckets at 1 % span 17 decades. The state depends on the values alone, not on order or merges.
 */
export class QuantileSketch {
  private readonly logGamma: number;
  private buckets = new Float64Array(64);
  /** Index of buckets[0]. */
  private first = 0;
  /** Highest index in use; below `first` while there is none. */
  private last = -1;
  private readonly sum = new ExactSum();
  private zeros = 0;
  private invalid = 0;
  private total = 0;
  private minimum = Number.POSITIVE_INFINITY;
  private maximum = Number.NEGATIVE_INFINITY;

  constructor(
    readonly relativeError = 0.01,
    readonly maxBuckets = 2048,
  ) {
    if (!(relativeError > 0 && relativeError < 1) || !Number.isInteger(maxBuckets) || maxBuckets < 1) {
      throw new EvaluationError(
        'EVALUATION_SETTING_INVALID',
        `A quantile sketch of relative error ${relativeError} with ${maxBuckets} buckets is not possible; give an error between 0 and 1 and a whole number of buckets from 1.`,
      );
    }
    this.logGamma = Math.log((1 + relativeError) / (1 - relativeError));
  }

  static fromState(state: QuantileSketchState): QuantileSketch {
    const sketch = new QuantileSketch(state.relativeError, state.maxBuckets);
    state.counts.forEach((count, i) => {
      if (count > 0) sketch.raise(state.first + i, count);
    });
    sketch.sum.merge(ExactSum.fromState(state.sum));
    sketch.zeros = state.zeros;
    sketch.invalid = state.invalid;
    sketch.total = state.count;
    sketch.minimum = state.minimum ?? Number.POSITIVE_INFINITY;
    sketch.maximum = state.maximum ?? Number.NEGATIVE_INFINITY;
    return sketch;
  }

  get count(): number {
    return this.total;
  }

  add(value: number): void {
    if (!Number.isFinite(value)) {
      this.invalid++;
      return;
    }
    this.total++;
    this.sum.add(value);
    if (value < this.minimum) this.minimum = value;
    if (value > this.maximum) this.maximum = value;
    if (value <= SMALLEST) this.zeros++;
    else this.raise(Math.ceil(Math.log(value) / this.logGamma), 1);
  }

  merge(other: QuantileSketch): void {
    if (other.relativeError !== this.relativeError || other.maxBuckets !== this.maxBuckets) {
      throw new EvaluationError(
        'EVALUATION_STATE_MISMATCH',
        `Sketches of relative error ${this.relativeError} and ${other.relativeError}, with ${this.maxBuckets} and ${other.maxBuckets} buckets, do not merge; make both with the same settings.`,
      );
    }
    for (let index = other.first; index <= other.last; index++) {
      const count = other.buckets[index - other.first];
      if (count > 0) this.raise(index, count);
    }
    this.sum.merge(other.sum);
    this.zeros += other.zeros;
    this.invalid += other.invalid;
    this.total += other.total;
    this.minimum = Math.min(this.minimum, other.minimum);
    this.maximum = Math.max(this.maximum, other.maximum);
  }

  /** The value of rank floor(q (count - 1)), within the relative error; `q` from 0 to 1. NaN without values. */
  quantile(q: number): number {
    if (this.total === 0) return Number.NaN;
    const rank = Math.floor(Math.min(1, Math.max(0, q)) * (this.total - 1));
    // The ends are known exactly.
    if (rank === 0) return this.minimum;
    if (rank === this.total - 1) return this.maximum;
    let seen = this.zeros;
    if (rank < seen) return 0;
    let index = this.first;
    for (; index < this.last; index++) {
      seen += this.buckets[index - this.first];
      if (seen > rank) break;
    }
    // The middle of the bucket in the sense of relative error.
    return (2 * Math.exp(index * this.logGamma)) / (Math.exp(this.logGamma) + 1);
  }

  /** NaN without values. */
  mean(): number {
    return this.sum.value() / this.total;
  }

  state(): QuantileSketchState {
    const inUse = this.buckets.subarray(0, this.last - this.first + 1);
    const begin = inUse.findIndex((count) => count > 0);
    return {
      relativeError: this.relativeError,
      maxBuckets: this.maxBuckets,
      count: this.total,
      zeros: this.zeros,
      invalid: this.invalid,
      minimum: this.total === 0 ? null : this.minimum,
      maximum: this.total === 0 ? null : this.maximum,
      sum: this.sum.state(),
      first: begin < 0 ? 0 : this.first + begin,
      counts: begin < 0 ? [] : [...inUse.subarray(begin)],
    };
  }

  private raise(index: number, by: number): void {
    if (index < this.first || index > this.last) this.cover(index);
    const lowest = this.last - this.maxBuckets + 1;
    this.buckets[Math.max(index, lowest) - this.first] += by;
  }

  /** Makes room for `index`; the lowest buckets fold together where there would be more than `maxBuckets`. */
  private cover(index: number): void {
    const empty = this.last < this.first;
    const last = empty ? index : Math.max(this.last, index);
    const first = Math.max(last - this.maxBuckets + 1, empty ? index : Math.min(this.first, index));
    const size = last - first + 1;
    const capacity = Math.min(this.maxBuckets, Math.max(this.buckets.length, 2 ** Math.ceil(Math.log2(size))));
    const buckets = new Float64Array(Math.max(capacity, size));
    for (let old = this.first; old <= this.last; old++) {
      buckets[Math.max(old, first) - first] += this.buckets[old - this.first];
    }
    this.buckets = buckets;
    this.first = first;
    this.last = last;
  }
}

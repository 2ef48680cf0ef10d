import { ExactSum, type ExactSumState } from '../sums/exact-sum';
import { binOf, LARGEST_MOMENT, type NumberReference } from './reference-profile';

export interface NumberWindowState {
  readonly kind: 'NUMBER';
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
  readonly missing: number;
  /** NaN, and what is no number at all. */
  readonly notANumber: number;
  /** Values in mean and variance: all numbers up to 1e150. */
  readonly summed: number;
  /** Sums over the distances from the first edge, and their squares. */
  readonly sum: ExactSumState;
  readonly sumOfSquares: ExactSumState;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** What a window knows of a number. Memory depends on the bins of the reference only. */
export class NumberWindow {
  private readonly edges: Float64Array;
  private readonly counts: Float64Array;
  private below = 0;
  private above = 0;
  private missing = 0;
  private notANumber = 0;
  private summed = 0;
  private readonly sum = new ExactSum();
  private readonly sumOfSquares = new ExactSum();
  private minimum = Number.POSITIVE_INFINITY;
  private maximum = Number.NEGATIVE_INFINITY;

  constructor(reference: NumberReference) {
    this.edges = Float64Array.from(reference.edges);
    this.counts = new Float64Array(reference.counts.length);
  }

  add(value: unknown): void {
    if (value === null || value === undefined) this.missing++;
    else if (typeof value === 'number') this.addNumber(value);
    else if (typeof value === 'bigint' || typeof value === 'boolean') this.addNumber(Number(value));
    else this.notANumber++;
  }

  merge(state: NumberWindowState): void {
    for (let bin = 0; bin < this.counts.length; bin++) this.counts[bin] += state.counts[bin];
    this.below += state.below;
    this.above += state.above;
    this.missing += state.missing;
    this.notANumber += state.notANumber;
    this.summed += state.summed;
    this.sum.merge(ExactSum.fromState(state.sum));
    this.sumOfSquares.merge(ExactSum.fromState(state.sumOfSquares));
    this.minimum = Math.min(this.minimum, state.minimum ?? Number.POSITIVE_INFINITY);
    this.maximum = Math.max(this.maximum, state.maximum ?? Number.NEGATIVE_INFINITY);
  }

  state(): NumberWindowState {
    return {
      kind: 'NUMBER',
      counts: [...this.counts],
      below: this.below,
      above: this.above,
      missing: this.missing,
      notANumber: this.notANumber,
      summed: this.summed,
      sum: this.sum.state(),
      sumOfSquares: this.sumOfSquares.state(),
      minimum: this.summed === 0 ? null : this.minimum,
      maximum: this.summed === 0 ? null : this.maximum,
    };
  }

  private addNumber(value: number): void {
    if (Number.isNaN(value)) {
      this.notANumber++;
      return;
    }
    const bin = binOf(this.edges, value);
    if (bin < 0) this.below++;
    else if (bin >= this.counts.length) this.above++;
    else this.counts[bin]++;
    if (Math.abs(value) > LARGEST_MOMENT) return;
    // Squares of the distance from a value of the column lose less than squares of the value.
    const distance = value - this.edges[0];
    this.summed++;
    this.sum.add(distance);
    this.sumOfSquares.add(distance * distance);
    if (value < this.minimum) this.minimum = value;
    if (value > this.maximum) this.maximum = value;
  }
}

/** Mean and variance (n - 1 below the line) of a window's numbers; NaN where there are too few. */
export function momentsOf(reference: NumberReference, state: NumberWindowState): { mean: number; variance: number } {
  const sum = ExactSum.fromState(state.sum).value();
  const squares = ExactSum.fromState(state.sumOfSquares).value();
  const n = state.summed;
  return {
    mean: n === 0 ? Number.NaN : reference.edges[0] + sum / n,
    variance: n < 2 ? Number.NaN : Math.max(0, squares - (sum * sum) / n) / (n - 1),
  };
}

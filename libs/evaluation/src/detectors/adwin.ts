import type { Change, ChangeDetector } from './change-detector';
import { checkNumbers, checkSetting, unitValue, wrongState } from './detector-errors';
import { ExponentialHistogram, MOST_NUMBERS } from './exponential-histogram';

export interface AdwinSettings {
  /** Bound on the rate of false findings, 0.002 by default. */
  readonly delta?: number;
  /** Values between two looks for a change, 32 by default: each look costs as much as there are buckets. */
  readonly clock?: number;
  /** Natural logarithm; for decisions that must be the same on every engine give one that is made of basic arithmetic. */
  readonly log?: (x: number) => number;
}

/** Values before the first look. */
const GRACE = 10;
/** Values that each side of a cut has at least. */
const LEAST_SIDE = 5;

/**
 * ADWIN (Bifet and Gavalda 2007, https://doi.org/10.1137/1.9781611972771.42), the second version: a window that grows while its mean
 * stays, and loses its older part as long as some cut makes two parts whose means differ by more than chance explains.
 * Findings as in MOA and River: five buckets of a size, a cut's sides count from their fifth value on. Where the paper then drops one
 * bucket at a time, all before the clearest cut goes at once; a mixture of old and new would be found again and again.
 */
export class Adwin implements ChangeDetector {
  readonly name = 'adwin';
  readonly mostNumbers = MOST_NUMBERS + 1;
  private readonly delta: number;
  private readonly clock: number;
  private readonly log: (x: number) => number;
  private histogram = new ExponentialHistogram();
  private sinceLook = 0;

  constructor({ delta = 0.002, clock = 32, log = Math.log }: AdwinSettings = {}) {
    checkSetting('adwin', 'delta', delta, 0, 0.5);
    checkSetting('adwin', 'clock', clock, 0, 100_000);
    this.delta = delta;
    this.clock = Math.ceil(clock);
    this.log = log;
  }

  /** Values that the window holds: those since the last change, roughly. */
  get width(): number {
    return this.histogram.count;
  }

  get mean(): number {
    return this.histogram.total / this.histogram.count;
  }

  add(value: number): Change | null {
    const unit = unitValue(value);
    if (unit === null) return null;
    this.histogram.add(unit);
    if (++this.sinceLook < this.clock) return null;
    this.sinceLook = 0;
    if (this.histogram.count <= GRACE) return null;
    let first: Change | null = null;
    for (let cut = this.clearestCut(); cut !== null; cut = this.clearestCut()) {
      first ??= cut.change;
      this.histogram.dropOldest(cut.buckets);
    }
    return first;
  }

  /** Where the means of both sides differ most beyond chance; null where they nowhere do. */
  private clearestCut(): { change: Change; buckets: number } | null {
    const { count, total, variance } = this.histogram;
    const confidence = this.log((2 * this.log(count)) / this.delta);
    let clearest: { change: Change; buckets: number } | null = null;
    let [older, olderTotal, buckets, most] = [0, 0, 0, 1];
    for (const bucket of this.histogram.oldestFirst()) {
      older += bucket.count;
      olderTotal += bucket.total;
      buckets++;
      const newer = count - older;
      if (newer < LEAST_SIDE) break;
      if (older < LEAST_SIDE) continue;
      const difference = (total - olderTotal) / newer - olderTotal / older;
      const sides = 1 / (older - LEAST_SIDE + 1) + 1 / (newer - LEAST_SIDE + 1);
      const bound = Math.sqrt(2 * sides * (variance / count) * confidence) + (2 / 3) * confidence * sides;
      if (Math.abs(difference) <= most * bound) continue;
      most = Math.abs(difference) / bound;
      clearest = { change: difference > 0 ? 'ROSE' : 'FELL', buckets };
    }
    return clearest;
  }

  state(): number[] {
    return [this.sinceLook, ...this.histogram.state()];
  }

  restore(state: readonly number[]): void {
    if (state.length > this.mostNumbers) throw wrongState('adwin', `has ${state.length} numbers`);
    checkNumbers('adwin', state, state.length);
    const [sinceLook, ...histogram] = state;
    if (!Number.isInteger(sinceLook) || sinceLook < 0 || sinceLook >= this.clock)
      throw wrongState('adwin', `holds ${sinceLook} values since the last look`);
    this.histogram = ExponentialHistogram.fromState(histogram);
    this.sinceLook = sinceLook;
  }
}

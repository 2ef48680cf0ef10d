import type { Change, ChangeDetector } from './change-detector';
import { checkNumbers, checkSetting, unitValue, wrongState } from './detector-errors';

export interface PageHinkleySettings {
  /** Rises of the mean up to this are tolerated, 0.005 by default. */
  readonly delta?: number;
  /** Sum of excesses that makes a change, 50 by default: higher is later and surer. */
  readonly threshold?: number;
  /** What is left of the sum with each value, 0.9999 by default; 1 forgets nothing. */
  readonly alpha?: number;
}

/** Values before the first decision. */
const GRACE = 30;

/**
 * The test of Page (1954, https://doi.org/10.1093/biomet/41.1-2.100) and Hinkley (1971) for a rising mean: the sum of what values exceed
 * the mean so far (and `delta`) by, above its own minimum. A mean that rises by d is found after about threshold / (d - delta) values. Details as
 * in River.
 */
export class PageHinkley implements ChangeDetector {
  readonly name = 'page-hinkley';
  readonly mostNumbers = 4;
  private readonly settings: Required<PageHinkleySettings>;
  private count = 0;
  private mean = 0;
  private sum = 0;
  private least = 0;

  constructor({ delta = 0.005, threshold = 50, alpha = 0.9999 }: PageHinkleySettings = {}) {
    checkSetting('page-hinkley', 'delta', delta, -1e-300, 1);
    checkSetting('page-hinkley', 'threshold', threshold, 0, 1e9);
    checkSetting('page-hinkley', 'alpha', alpha, 0, 1);
    this.settings = { delta, threshold, alpha };
  }

  add(value: number): Change | null {
    const unit = unitValue(value);
    if (unit === null) return null;
    const { delta, threshold, alpha } = this.settings;
    this.count++;
    this.mean += (unit - this.mean) / this.count;
    this.sum = alpha * this.sum + unit - this.mean - delta;
    if (this.count === 1 || this.sum < this.least) this.least = this.sum;
    if (this.count < GRACE || this.sum - this.least <= threshold) return null;
    Object.assign(this, { count: 0, mean: 0, sum: 0, least: 0 });
    return 'ROSE';
  }

  state(): number[] {
    return [this.count, this.mean, this.sum, this.least];
  }

  restore(state: readonly number[]): void {
    checkNumbers('page-hinkley', state, 4);
    const [count, mean, sum, least] = state;
    if (!Number.isSafeInteger(count) || count < 0 || mean < 0 || mean > 1 || least > sum)
      throw wrongState('page-hinkley', `cannot be (${state.join(', ')})`);
    Object.assign(this, { count, mean, sum, least });
  }
}

import type { Change, ChangeDetector } from './change-detector';
import { checkNumbers, checkSetting, unitValue, wrongState } from './detector-errors';

export interface DdmSettings {
  /** Standard deviations above the best that make a change, 3 by default; 2 is the paper's warning. */
  readonly deviations?: number;
}

/** Values before the first decision. */
const GRACE = 30;

/**
 * DDM (Gama, Medas, Castillo and Rodrigues 2004, https://doi.org/10.1007/978-3-540-28645-5_29): the error rate p with its standard deviation
 * s = sqrt(p (1 - p) / n) is remembered where p + s was least; p + s beyond p_min + 3 s_min is a change. For errors that are 0
 * or 1; for values between, s is too large, and it decides later. Quick for abrupt rises, slow for gradual ones, and the longer the stream
 * has been calm, the slower.
 */
export class Ddm implements ChangeDetector {
  readonly name = 'ddm';
  readonly mostNumbers = 4;
  private readonly deviations: number;
  private count = 0;
  private sum = 0;
  /** Where p + s was least; 0 until there has been a decision. */
  private bestRate = 0;
  private bestDeviation = 0;

  constructor({ deviations = 3 }: DdmSettings = {}) {
    checkSetting('ddm', 'deviations', deviations, 0, 100);
    this.deviations = deviations;
  }

  add(value: number): Change | null {
    const unit = unitValue(value);
    if (unit === null) return null;
    this.count++;
    this.sum += unit;
    if (this.count <= GRACE) return null;
    const rate = this.sum / this.count;
    const deviation = Math.sqrt((rate * (1 - rate)) / this.count);
    if (this.count === GRACE + 1 || rate + deviation <= this.bestRate + this.bestDeviation)
      Object.assign(this, { bestRate: rate, bestDeviation: deviation });
    if (rate + deviation <= this.bestRate + this.deviations * this.bestDeviation) return null;
    Object.assign(this, { count: 0, sum: 0, bestRate: 0, bestDeviation: 0 });
    return 'ROSE';
  }

  state(): number[] {
    return [this.count, this.sum, this.bestRate, this.bestDeviation];
  }

  restore(state: readonly number[]): void {
    checkNumbers('ddm', state, 4);
    const [count, sum, bestRate, bestDeviation] = state;
    if (!Number.isSafeInteger(count) || count < 0 || sum < 0 || sum > count || bestRate < 0 || bestDeviation < 0)
      throw wrongState('ddm', `cannot be (${state.join(', ')})`);
    Object.assign(this, { count, sum, bestRate, bestDeviation });
  }
}

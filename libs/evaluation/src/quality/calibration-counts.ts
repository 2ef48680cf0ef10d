import { ExactSum, type ExactSumState } from '../sums/exact-sum';
import type { Estimate } from './estimate';

/** Bins of equal width, as many as `calibration` has by default. */
export const CALIBRATION_BINS = 10;

export interface CalibrationCountsState {
  readonly counts: readonly number[];
  readonly positives: readonly number[];
  /** Sum of the probabilities of each bin. */
  readonly predicted: readonly ExactSumState[];
}

/** What was said and what came true, in bins of equal width: what the expected calibration error is made of. */
export class CalibrationCounts {
  private readonly counts = new Float64Array(CALIBRATION_BINS);
  private readonly positives = new Float64Array(CALIBRATION_BINS);
  private readonly predicted = Array.from({ length: CALIBRATION_BINS }, () => new ExactSum());

  add(label: 0 | 1, probability: number): void {
    const bin = Math.min(CALIBRATION_BINS - 1, Math.floor(probability * CALIBRATION_BINS));
    this.counts[bin]++;
    this.positives[bin] += label;
    this.predicted[bin].add(probability);
  }

  merge({ counts, positives, predicted }: CalibrationCountsState): void {
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
      this.counts[bin] += counts[bin];
      this.positives[bin] += positives[bin];
      this.predicted[bin].merge(ExactSum.fromState(predicted[bin]));
    }
  }

  state(): CalibrationCountsState {
    const { counts, positives, predicted } = this;
    return { counts: [...counts], positives: [...positives], predicted: predicted.map((sum) => sum.state()) };
  }

  /**
   * Expected calibration error. The error of the figure is at most the sum of the bins' errors, each of them half-normal; so the interval holds the
   * true figure at least as often as asked. It is wide on purpose: on few rows the figure is biased upwards, since chance never looks calibrated.
   */
  expectedError(z: number): Estimate {
    const rows = this.counts.reduce((sum, count) => sum + count, 0);
    let [value, chance, variance] = [0, 0, 0];
    for (let bin = 0; bin < CALIBRATION_BINS; bin++) {
      const count = this.counts[bin];
      if (count === 0) continue;
      const weight = count / rows;
      value += Math.abs(this.predicted[bin].value() - this.positives[bin]) / rows;
      // One row of each label more, so that a bin of few rows is never certain (Laplace).
      const rate = (this.positives[bin] + 1) / (count + 2);
      const squared = weight * weight * ((rate * (1 - rate)) / count);
      chance += Math.sqrt((2 / Math.PI) * squared);
      variance += (1 - 2 / Math.PI) * squared;
    }
    const reach = chance + z * Math.sqrt(variance);
    return {
      value: rows === 0 ? Number.NaN : value,
      low: Math.max(0, value - reach),
      high: Math.min(1, value + reach),
    };
  }
}

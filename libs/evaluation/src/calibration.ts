import { checkLengths, type Numbers } from './check-lengths';

/** The rows whose probability lies in [from, to); the last bin includes 1. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of these rows; null when there are none. */
  readonly predicted: number | null;
  /** Part of these rows that came true; null when there are none. */
  readonly observed: number | null;
}

export interface Calibration {
  /** Mean distance between predicted and observed, weighted by rows, 0 to 1. NaN without rows. */
  readonly expectedError: number;
  readonly bins: readonly ReliabilityBin[];
}

/** Reliability diagram with bins of equal width and its expected calibration error (Naeini, Cooper and Hauskrecht 2015). */
export function calibration(labels: Numbers, probabilities: Numbers, binCount = 10): Calibration {
  checkLengths(labels, probabilities);
  const counts = new Float64Array(binCount);
  const predicted = new Float64Array(binCount);
  const observed = new Float64Array(binCount);
  for (let row = 0; row < labels.length; row++) {
    const bin = Math.min(binCount - 1, Math.max(0, Math.floor(probabilities[row] * binCount)));
    counts[bin]++;
    predicted[bin] += probabilities[row];
    observed[bin] += labels[row];
  }
  let distance = 0;
  for (let bin = 0; bin < binCount; bin++) distance += Math.abs(predicted[bin] - observed[bin]);
  const bins = Array.from(counts, (count, bin) => ({
    from: bin / binCount,
    to: (bin + 1) / binCount,
    count,
    predicted: count > 0 ? predicted[bin] / count : null,
    observed: count > 0 ? observed[bin] / count : null,
  }));
  return { expectedError: distance / labels.length, bins };
}

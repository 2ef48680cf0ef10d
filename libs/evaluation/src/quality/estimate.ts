import { EvaluationError } from '../evaluation-error';
import { twoSidedZ } from '../numerics/normal';

/** A figure with the interval that holds the true one with the wanted confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Name -> estimate. What is undefined on these rows (AUC with one class, precision without a call) is absent. */
export type Estimates = Readonly<Record<string, Estimate>>;

/** @throws EvaluationError EVALUATION_SETTING_INVALID */
export function zOf(confidence: number): number {
  if (confidence > 0 && confidence < 1) return twoSidedZ(confidence);
  const message = `There are no intervals of confidence ${confidence}; give a number between 0 and 1, such as 0.95.`;
  throw new EvaluationError('EVALUATION_SETTING_INVALID', message);
}

/** A share of `n` independent rows (Wilson 1927): stays within 0 to 1 and holds for few rows and rare hits. NaN without rows. */
export function wilson(hits: number, n: number, z: number): Estimate {
  const value = hits / n;
  const centre = (hits + (z * z) / 2) / (n + z * z);
  const reach = (z / (n + z * z)) * Math.sqrt((hits * (n - hits)) / n + (z * z) / 4);
  return {
    value,
    low: Math.max(0, Math.min(value, centre - reach)),
    high: Math.min(1, Math.max(value, centre + reach)),
  };
}

/** A mean of `n` independent values of which the sum and the sum of squares are known, by the normal distribution. NaN for less than two. */
export function meanOf(sum: number, squares: number, n: number, z: number): Estimate {
  const value = sum / n;
  const reach = z * Math.sqrt(Math.max(0, squares / n - value * value) / (n - 1));
  return { value, low: value - reach, high: value + reach };
}

/** Those that are numbers. */
export function defined(estimates: Readonly<Record<string, Estimate>>): Estimates {
  return Object.fromEntries(
    Object.entries(estimates).filter(([, { value, low, high }]) => [value, low, high].every(Number.isFinite)),
  );
}

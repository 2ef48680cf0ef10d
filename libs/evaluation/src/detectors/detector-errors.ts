import { EvaluationError } from '../evaluation-error';
import type { DetectorName } from './change-detector';

export function wrongState(detector: DetectorName, why: string): EvaluationError {
  const message = `The state of the detector ${detector} ${why}; take the one that its state() gave, or feed the stream again.`;
  return new EvaluationError('EVALUATION_STATE_MISMATCH', message);
}

/** A state of exactly `length` finite numbers. */
export function checkNumbers(detector: DetectorName, state: readonly number[], length: number): void {
  if (state.length !== length) throw wrongState(detector, `has ${state.length} numbers where ${length} belong`);
  const wrong = state.find((number) => !Number.isFinite(number));
  if (wrong !== undefined) throw wrongState(detector, `holds ${wrong}`);
}

/** Refuses a setting that is not above `least`, or above `most`. */
export function checkSetting(detector: DetectorName, name: string, value: number, least: number, most: number): void {
  if (value > least && value <= most) return;
  const message = `The detector ${detector} cannot work with ${name} = ${value}; give a number above ${least}, up to ${most}.`;
  throw new EvaluationError('EVALUATION_SETTING_INVALID', message);
}

/** As the detectors take it; null for NaN. */
export const unitValue = (value: number): number | null =>
  Number.isNaN(value) ? null : Math.min(1, Math.max(0, value));

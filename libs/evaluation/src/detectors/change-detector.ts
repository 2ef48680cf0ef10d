/** What became of the mean of a stream. */
export type Change = 'ROSE' | 'FELL';

export type DetectorName = 'adwin' | 'page-hinkley' | 'ddm';

/**
 * Finds out that the mean of a stream of values from 0 to 1 has changed: the errors of a model, one by one, in constant or logarithmic memory.
 * After a finding it begins anew with what it takes for the new mean.
 */
export interface ChangeDetector {
  readonly name: DetectorName;
  /** @param value beyond 0 and 1 it counts as 0 or 1; NaN is passed over. @returns what has changed, once; else null. */
  add(value: number): Change | null;
  /** What it would need to go on elsewhere: finite numbers, at most `mostNumbers`, the same for the same values in the same order. */
  state(): number[];
  /** @throws EvaluationError EVALUATION_STATE_MISMATCH when these are not the numbers of such a detector; it is then as it was. */
  restore(state: readonly number[]): void;
  /** Of any state. */
  readonly mostNumbers: number;
}

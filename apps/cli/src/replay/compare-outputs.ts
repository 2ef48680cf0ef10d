import type { FeatureValue } from '@millrace/contracts';

type Outputs = Readonly<Record<string, FeatureValue>>;

/** On another runtime outputs may differ by so much, relative to 1 or the value (ARCHITECTURE rule 5). */
export const TOLERANCE = 1e-6;

/**
 * Whether two rows of outputs are the same: bit for bit (so -0 is not 0), or within `TOLERANCE` where the recorded one
 * comes from another runtime.
 */
export function sameOutputs(recorded: Outputs | null, computed: Outputs | null, exact: boolean): boolean {
  if (recorded === null || computed === null) return recorded === computed;
  const fields = Object.keys(recorded);
  if (fields.length !== Object.keys(computed).length) return false;
  return fields.every((field) => sameValue(recorded[field]!, computed[field], exact));
}

function sameValue(a: FeatureValue, b: FeatureValue | undefined, exact: boolean): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((one, index) => sameValue(one, b[index], exact));
  if (exact || typeof a !== 'number' || typeof b !== 'number') return Object.is(a, b);
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
}

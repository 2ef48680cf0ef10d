import type { Expectation } from './records/shared';

/**
 * Judges one value by one rule: null when it holds, else a sentence that says what is wrong. Pure; ingestion sorts raw
 * records with it, validation will judge data sets with the same.
 *
 * As in SQL, only NOT_NULL speaks about missing values: BETWEEN and IN_SET hold for null. A rule of a kind that this
 * version does not know holds too; `whyUnusable` keeps such rules from being registered.
 *
 * @param value as decoded from Avro: null or undefined = missing.
 */
export function brokenBy(expectation: Expectation, value: unknown): string | null {
  if (value === null || value === undefined) {
    return expectation.kind === 'NOT_NULL' ? sentence(expectation, 'is missing') : null;
  }
  switch (expectation.kind) {
    case 'BETWEEN':
      return outOfRange(expectation, value);
    case 'IN_SET':
      return notInSet(expectation, value);
    default:
      return null;
  }
}

/** Why a rule cannot be kept, null when it can: what a source is refused for. */
export function whyUnusable(expectation: Expectation): string | null {
  const { id, kind, min, max, values, column } = expectation;
  const because = (why: string) => `The rule ${id || '(without id)'} ${why}.`;
  if (!id) return because('needs an id');
  if (!column) return because('names no column');
  if (kind === 'UNKNOWN')
    return because('is of a kind that this version does not know: use NOT_NULL, BETWEEN or IN_SET');
  if (kind === 'IN_SET' && !values?.length) return because('needs the allowed values');
  if (kind !== 'BETWEEN') return null;
  if (min === null && max === null) return because('needs min, max or both');
  if (Number.isNaN(min) || Number.isNaN(max)) return because('has a bound that is no number');
  if (min !== null && max !== null && min > max) return because(`allows nothing: min ${min} is above max ${max}`);
  return null;
}

function outOfRange(expectation: Expectation, value: unknown): string | null {
  const { min, max } = expectation;
  if (typeof value !== 'number' || Number.isNaN(value)) return sentence(expectation, `is ${show(value)}, not a number`);
  if (min !== null && value < min) return sentence(expectation, `is ${value}, below ${min}`);
  if (max !== null && value > max) return sentence(expectation, `is ${value}, above ${max}`);
  return null;
}

function notInSet(expectation: Expectation, value: unknown): string | null {
  const allowed = expectation.values ?? [];
  // A list of one would read as its only member.
  if (typeof value !== 'object' && allowed.includes(String(value))) return null;
  return sentence(expectation, `is ${show(value)}, which is none of the ${allowed.length} allowed values`);
}

const sentence = ({ column, id, owner }: Expectation, what: string): string =>
  `${column} ${what} (rule ${id}${owner ? ` of ${owner}` : ''})`;

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length <= 60 ? value : `${value.slice(0, 57)}...`);
  return typeof value === 'object' ? 'no single value' : String(value);
}

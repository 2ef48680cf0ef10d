import type { Expectation, ExpectationKind } from './records/shared';

/**
 * Judges one value by one rule: null when it holds, else a sentence that says what is wrong. Pure; ingestion sorts raw
 * records with it. libs/data counts the rows of a data set that break it in SQL, and a spec there holds the two together.
 *
 * As in SQL, only NOT_NULL speaks about missing values: BETWEEN and IN_SET hold for null. A rule of a kind that is not
 * about single values (`isAboutValues`), or that this version does not know, holds too.
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

/** Kinds that can be judged value by value: the ones that sort records. The others need the whole data set. */
export const isAboutValues = (kind: ExpectationKind): boolean =>
  kind === 'NOT_NULL' || kind === 'BETWEEN' || kind === 'IN_SET';

/** What a column can be, for TYPE; an integer is a number too. */
export const COLUMN_KINDS: readonly string[] = ['integer', 'number', 'boolean', 'time', 'text', 'other'];

const MAX_PATTERN = 500;
const MAX_SQL = 2_000;

/** Why a rule cannot be kept, null when it can. */
export function whyUnusable(expectation: Expectation): string | null {
  const { id, kind, column, tolerance } = expectation;
  const because = (why: string) => `The rule ${id || '(without id)'} ${why}.`;
  if (!id) return because('needs an id');
  if (!column && kind !== 'ROW_COUNT' && kind !== 'SQL') return because('names no column');
  if (kind === 'UNKNOWN')
    return because('is of a kind that this version does not know: use NOT_NULL, BETWEEN, IN_SET or one of the others');
  if (tolerance !== null && !(tolerance >= 0 && tolerance < 1))
    return because(`has a tolerance of ${tolerance}: it is a share of the rows, at least 0 and below 1`);
  const why = whyIncomplete(expectation);
  return why === null ? null : because(why);
}

function whyIncomplete({ kind, min, max, values, pattern, sql }: Expectation): string | null {
  switch (kind) {
    case 'IN_SET':
      return values?.length ? null : 'needs the allowed values';
    case 'TYPE': {
      if (!values?.length) return `needs the allowed types: ${COLUMN_KINDS.join(', ')}`;
      const odd = values.find((value) => !COLUMN_KINDS.includes(value));
      return odd === undefined ? null : `names the type ${odd}, which is none of ${COLUMN_KINDS.join(', ')}`;
    }
    case 'MATCHES':
      return pattern && pattern.length <= MAX_PATTERN ? null : `needs a pattern of at most ${MAX_PATTERN} characters`;
    case 'SQL':
      if (!sql?.trim() || sql.length > MAX_SQL) return `needs a predicate of at most ${MAX_SQL} characters`;
      return sql.includes(';') ? 'is no single predicate: leave the ; out' : null;
    case 'MISSING_RATE':
      return max !== null && max >= 0 && max <= 1 ? null : 'needs max, a share of the rows from 0 to 1';
    case 'BETWEEN':
    case 'MEAN_BETWEEN':
    case 'ROW_COUNT':
      return whyBadBounds(min, max);
    default:
      return null;
  }
}

function whyBadBounds(min: number | null, max: number | null): string | null {
  if (min === null && max === null) return 'needs min, max or both';
  if (Number.isNaN(min) || Number.isNaN(max)) return 'has a bound that is no number';
  if (min !== null && max !== null && min > max) return `allows nothing: min ${min} is above max ${max}`;
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

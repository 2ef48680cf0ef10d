import type { Expectation, ExpectationKind } from './records/shared';

/** An expectation that says no more than what is given. */
export const expectationOf = (
  given: Pick<Expectation, 'id' | 'kind' | 'column'> & Partial<Expectation>,
): Expectation => ({
  min: null,
  max: null,
  values: null,
  severity: 'ERROR',
  owner: '',
  pattern: null,
  sql: null,
  tolerance: null,
  basis: null,
  ...given,
});

/** Kinds that can be judged value by value. The others need the whole data set. */
export const isAboutValues = (kind: ExpectationKind): boolean =>
  kind === 'NOT_NULL' || kind === 'BETWEEN' || kind === 'IN_SET' || kind === 'TYPE' || kind === 'MATCHES';

/**
 * Whether single records are sorted, and requests checked, by an expectation: it is about values, none may break it (a share
 * of the rows is a thing of data sets), and its pattern costs no more than the text is long.
 */
export const isAboutRecords = ({ kind, tolerance, severity, pattern }: Expectation): boolean =>
  isAboutValues(kind) &&
  !tolerance &&
  severity !== 'UNKNOWN' &&
  (kind !== 'MATCHES' || (pattern !== null && isCheap(pattern)));

/** Ids of derived expectations begin so; those of users must not. */
export const DERIVED = 'derived:';

export const isDerived = ({ id }: Pick<Expectation, 'id'>): boolean => id.startsWith(DERIVED);

/**
 * Whether an expectation is about how data sets hold a column, and not about single values: a TYPE that was derived. The type
 * of a single value is its schema's, and decoding has held it to that; the same column may be whole numbers in a source and a
 * float in a request, true and 1, or a list that data sets keep as text. A TYPE that somebody demands is meant for values too.
 */
export const isAboutStorage = ({ id, kind }: Expectation): boolean => kind === 'TYPE' && isDerived({ id });

/**
 * Whether a value breaks a rule, without words: nothing is allocated for a value that is fine. As in SQL, only NOT_NULL speaks
 * about missing values (null or undefined): the others hold for them. A rule of a kind that is not about single values
 * (`isAboutValues`), or that this version does not know, holds too.
 */
export function compileBreach(expectation: Expectation): (value: unknown) => boolean {
  const isMissing = (value: unknown): boolean => value === null || value === undefined;
  switch (expectation.kind) {
    case 'NOT_NULL':
      return isMissing;
    case 'BETWEEN': {
      const { min, max } = expectation;
      const [least, most] = [min ?? Number.NEGATIVE_INFINITY, max ?? Number.POSITIVE_INFINITY];
      return (value) => !isMissing(value) && !(typeof value === 'number' && value >= least && value <= most);
    }
    case 'IN_SET': {
      const allowed = new Set(expectation.values);
      // A list of one would read as its only member.
      return (value) => !isMissing(value) && (typeof value === 'object' || !allowed.has(String(value)));
    }
    case 'TYPE': {
      const allowed = expectation.values ?? [];
      return (value) => !isMissing(value) && !allowed.some((kind) => isOfKind(value, kind));
    }
    case 'MATCHES': {
      const pattern = isCheap(expectation.pattern ?? '') ? new RegExp(`^(?:${expectation.pattern})$`, 'u') : null;
      return (value) => {
        if (isMissing(value) || pattern === null) return false;
        if (typeof value !== 'string') return true;
        return value.length <= MAX_MATCHED && !pattern.test(value);
      };
    }
    default:
      return () => false;
  }
}

/** A time is a whole number of milliseconds; what a column of another kind holds is not looked into. */
function isOfKind(value: unknown, kind: string): boolean {
  switch (kind) {
    case 'integer':
    case 'time':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    default:
      return kind === 'other';
  }
}

/** Longer texts are left to the verdict on the data set, where RE2 takes time proportional to their length. */
const MAX_MATCHED = 256;
const MAX_CHOICES = 6;
const MAX_UNBOUNDED = 2;

/**
 * Whether JavaScript's engine, which backtracks, is done with a pattern in bounded time, and means by it what RE2 means: no
 * repeated group, no look-around, flags, back-references or classes that differ, few choices.
 */
function isCheap(pattern: string): boolean {
  if (/\)[*+?{]|\(\?|\\[1-9kKsSbBpP]/.test(pattern)) return false;
  const bare = pattern.replace(/\\./g, '');
  if (bare.includes('[[')) return false;
  const plain = bare.replace(/\[[^\]]*\]/g, '');
  const unbounded = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  const choices = unbounded + (plain.match(/[?|]|\{\d+,\d+\}/g)?.length ?? 0);
  if (unbounded > MAX_UNBOUNDED || choices > MAX_CHOICES) return false;
  try {
    return Boolean(new RegExp(pattern, 'u'));
  } catch {
    return false;
  }
}

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
    case 'DRIFT':
      return max !== null && max >= 0 && max < Number.POSITIVE_INFINITY
        ? null
        : 'needs max, the largest PSI that is allowed, for example 0.1';
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

/** What is wrong with a value that breaks a rule. */
export function sentenceOf(expectation: Expectation, value: unknown): string {
  const { kind, min, max, values, pattern } = expectation;
  const of = (what: string) => sentence(expectation, what);
  switch (kind) {
    case 'NOT_NULL':
      return of('is missing');
    case 'IN_SET':
      return of(`is ${show(value)}, which is none of the ${values?.length ?? 0} allowed values`);
    case 'TYPE':
      return of(`is ${show(value)}, not ${(values ?? []).join(' or ')}`);
    case 'MATCHES':
      return of(`is ${show(value)}, which does not match ${pattern}`);
    default:
      if (typeof value !== 'number' || Number.isNaN(value)) return of(`is ${show(value)}, not a number`);
      return of(min !== null && value < min ? `is ${value}, below ${min}` : `is ${value}, above ${max}`);
  }
}

const sentence = ({ column, id, owner }: Expectation, what: string): string =>
  `${column} ${what} (rule ${id}${owner ? ` of ${owner}` : ''})`;

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length <= 60 ? value : `${value.slice(0, 57)}...`);
  return typeof value === 'object' ? 'no single value' : String(value);
}

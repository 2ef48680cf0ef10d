import { compileBreach, isAboutRecords, isAboutStorage, sentenceOf } from './expectations';
import type { Expectation, ModelSignature, SignatureInput } from './records/shared';

// One definition is judged where values look different: in the columns of a data set, in decoded records, in requests. What it
// speaks about is the value as training reads it from a data set: true is 1, a moment is whole milliseconds since 1970, what is
// nested is its JSON text. Each place brings its values, or the definition, into that form with what stands here.

/** What a column of a data set is. */
export type ColumnKind = 'integer' | 'number' | 'boolean' | 'time' | 'text' | 'other';

/** A field of a record as data sets hold it. */
export interface FieldView {
  readonly kind: ColumnKind;
  /** The decoded value as training reads it; absent where that is the same. */
  readonly toValue?: (decoded: unknown) => unknown;
}

/** A rule about one field of a record, compiled once for many. */
export interface RecordCheck {
  readonly rule: Expectation;
  /** @param value as decoded */
  readonly isBroken: (value: unknown) => boolean;
  /** What is wrong with a value that breaks it, for people. */
  readonly sentence: (value: unknown) => string;
}

/**
 * The checks that a set has for single records, in its order.
 *
 * @param fields of the records; what is not among them is judged as it was decoded.
 */
export const recordChecks = (
  expectations: readonly Expectation[],
  fields: ReadonlyMap<string, FieldView> = new Map(),
): RecordCheck[] => expectations.filter(isAboutRecords).map((rule) => recordCheck(rule, fields.get(rule.column)));

function recordCheck(rule: Expectation, field: FieldView | undefined): RecordCheck {
  if (!field) return { rule, isBroken: compileBreach(rule), sentence: (value) => sentenceOf(rule, value) };
  const { kind, toValue } = field;
  if (rule.kind === 'TYPE') {
    // Decoding has held the value to its schema: whether that is an allowed type is the same for all records.
    const isBroken = allows(rule, kind) ? () => false : (value: unknown) => value !== null && value !== undefined;
    return { rule, isBroken, sentence: (value) => sentenceOf(rule, value) };
  }
  const judge = compileBreach(holdsNumbers(kind) ? inNumbers(rule) : inTexts(rule));
  return {
    rule,
    isBroken: toValue ? (value) => judge(toValue(value)) : judge,
    sentence: (value) => sentenceOf(rule, toValue && typeof value !== 'boolean' ? toValue(value) : value),
  };
}

/**
 * What a release checks of requests: the rules that are about single values of an input, in the form that requests have them.
 * They travel in the activation as they are judged, so a later change of this form changes no answer of an older release.
 * Lists are left out: a list has no range, and the signature checks its length.
 */
export function inputRules(expectations: readonly Expectation[], { inputs }: ModelSignature): Expectation[] {
  const scalars = new Map(inputs.filter(({ width }) => width === 1).map((input) => [input.field, input]));
  return expectations.flatMap((rule) => {
    const input = scalars.get(rule.column);
    return input && isAboutRecords(rule) && !isAboutStorage(rule) ? [inputRule(rule, input)] : [];
  });
}

function inputRule(rule: Expectation, { type }: SignatureInput): Expectation {
  if (type === 'STRING') return inTexts(rule);
  if (rule.kind === 'TYPE' && (type === 'FLOAT' || type === 'DOUBLE')) return typeOfNumber(rule);
  return inNumbers(rule);
}

/** A column that is trained as a number holds numbers or booleans, which are 1 and 0 then; it is no time and no text. */
function typeOfNumber(rule: Expectation): Expectation {
  const numeric = (rule.values ?? []).filter((kind) => kind === 'integer' || kind === 'number');
  if (numeric.length === 0 && rule.values?.includes('boolean')) return { ...rule, kind: 'IN_SET', values: ['0', '1'] };
  return { ...rule, values: numeric };
}

/**
 * A definition as it is judged on numbers. `true` and `false` among allowed values are 1 and 0. A fraction means what a column
 * of 32-bit floats makes of it as well: the 0.1 of such a column is 0.10000000149011612.
 */
export function inNumbers(rule: Expectation): Expectation {
  const { kind, min, max, values } = rule;
  if (kind === 'BETWEEN')
    return {
      ...rule,
      min: min === null ? null : Math.min(min, asFloat32(min)),
      max: max === null ? null : Math.max(max, asFloat32(max)),
    };
  if (kind !== 'IN_SET' || values === null) return rule;
  const meant = values.flatMap((text) => {
    if (text === 'true' || text === 'false') return [text, text === 'true' ? '1' : '0'];
    return String(Number(text)) === text ? [text, String(asFloat32(Number(text)))] : [text];
  });
  return { ...rule, values: [...new Set(meant)] };
}

/** Whole numbers are told apart exactly, and what has no 32-bit form but 0 or infinity has none. */
function asFloat32(value: number): number {
  const float = Math.fround(value);
  return Number.isInteger(value) || !Number.isFinite(float) || float === 0 ? value : float;
}

/** A definition as JavaScript judges texts: its dot stops at more line ends than that of RE2, which judges data sets. */
function inTexts(rule: Expectation): Expectation {
  if (rule.kind !== 'MATCHES' || rule.pattern === null) return rule;
  const pattern = rule.pattern.replace(/\\.|\[(?:\\.|[^\]])*\]|\./gs, (part) => (part === '.' ? '[^\\n]' : part));
  return { ...rule, pattern };
}

/** Kinds whose values are numbers to expectations, as they are to a model. */
export const holdsNumbers = (kind: string): boolean =>
  kind === 'integer' || kind === 'number' || kind === 'boolean' || kind === 'time';

const allows = ({ values }: Expectation, kind: string): boolean =>
  values?.includes(kind) === true || (kind === 'integer' && values?.includes('number') === true);

/** Why nothing in a column of a kind could ever hold a rule, and what to do; null when it has a meaning there. */
export function whyMeaningless(rule: Expectation, kind: string): string | null {
  const { id, column } = rule;
  const because = (what: string, instead: string) =>
    `The rule ${id} ${what}, but ${column} is ${kind === 'other' ? 'bytes' : kind}: ${instead}.`;
  switch (rule.kind) {
    case 'BETWEEN':
      return holdsNumbers(kind)
        ? null
        : because('bounds numbers', 'use IN_SET or MATCHES for texts, SQL for anything else');
    case 'MEAN_BETWEEN':
      return kind === 'integer' || kind === 'number' ? null : because('bounds a mean', 'use BETWEEN or SQL');
    case 'DRIFT':
      return kind === 'time' || kind === 'other'
        ? because('compares distributions', 'choose a column of numbers, texts or booleans')
        : null;
    case 'IN_SET':
      return kind === 'other' ? because('lists texts or numbers', 'use NOT_NULL, UNIQUE or SQL') : null;
    case 'MATCHES':
      return kind === 'text'
        ? null
        : because('matches texts', 'use BETWEEN or IN_SET for numbers, SQL for anything else');
    case 'TYPE':
      return allows(rule, kind)
        ? null
        : because(`demands ${(rule.values ?? []).join(' or ')}`, `allow ${kind}, or leave the rule out`);
    default:
      return null;
  }
}

import type { Fields, InferFields, RecordSchema, Schema } from './types';
import { VOCABULARY } from './vocabulary';

interface Options<T> {
  /** Makes the field addable later without breaking old readers or writers. */
  readonly default?: T;
}

const schema = <T>(kind: Schema<T>['kind'], doc?: string, options?: Options<T>): Schema<T> => ({
  kind,
  ...(doc === undefined ? {} : { doc }),
  ...(options && 'default' in options ? { default: options.default } : {}),
});

export const string = (doc?: string, options?: Options<string>) => schema<string>({ type: 'string' }, doc, options);
export const boolean = (doc?: string, options?: Options<boolean>) => schema<boolean>({ type: 'boolean' }, doc, options);
export const int = (doc?: string, options?: Options<number>) => schema<number>({ type: 'int' }, doc, options);
/** 64-bit integer; a JS number, exact up to 2^53. */
export const long = (doc?: string, options?: Options<number>) => schema<number>({ type: 'long' }, doc, options);
export const float = (doc?: string, options?: Options<number>) => schema<number>({ type: 'float' }, doc, options);
export const double = (doc?: string, options?: Options<number>) => schema<number>({ type: 'double' }, doc, options);
export const bytes = (doc?: string) => schema<Buffer>({ type: 'bytes' }, doc);
/** Milliseconds since 1970-01-01T00:00:00Z as a JS number (Avro logical type timestamp-millis). */
export const timestamp = (doc?: string) => schema<number>({ type: 'timestamp-millis' }, doc);

/** `["null", T]` with default null. */
export const nullable = <T>(of: Schema<T>, doc?: string): Schema<T | null> =>
  schema<T | null>({ type: 'nullable', of: of as Schema<unknown> }, doc ?? of.doc, { default: null });

export const array = <T>(items: Schema<T>, doc?: string, options?: Options<T[]>): Schema<T[]> =>
  schema<T[]>({ type: 'array', items: items as Schema<unknown> }, doc, options);

export const map = <T>(
  values: Schema<T>,
  doc?: string,
  options?: Options<Record<string, T>>,
): Schema<Record<string, T>> =>
  schema<Record<string, T>>({ type: 'map', values: values as Schema<unknown> }, doc, options);

/** `fallback` is the Avro enum default: what an older reader sees for a symbol that it does not know. */
export const enumeration = <const S extends readonly string[]>(
  name: string,
  symbols: S,
  doc?: string,
  fallback?: S[number],
): Schema<S[number]> =>
  schema<S[number]>({ type: 'enum', name, symbols, ...(fallback === undefined ? {} : { fallback }) }, doc);

/** A named record. A field without a doc of its own takes the one of the vocabulary. */
export function record<F extends Fields>(fullName: string, doc: string, fields: F): RecordSchema<InferFields<F>> {
  return { kind: { type: 'record', name: fullName, fields: explained(fields) }, fullName, doc };
}

function explained(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const doc = field.doc ?? VOCABULARY[name];
      return [name, doc === undefined ? field : { ...field, doc }];
    }),
  );
}

/** A field with attributes of its own in the schema, which Avro carries along and does not interpret. */
export const withProps = <T>(
  field: Schema<T>,
  props: Readonly<Record<string, string | number | boolean>>,
): Schema<T> => ({
  ...field,
  props,
});

/**
 * A control event: what happened to one aggregate.
 * `aggregateVersion` runs 1, 2, 3 ... without gaps per aggregate, so that a reader can tell a gap from a pause; the
 * event's id is UUIDv5(topic, aggregate id, aggregateVersion), so that a repeat after a crash has the same id.
 */
export function event<F extends Fields>(fullName: string, doc: string, fields: F) {
  return record(fullName, doc, { aggregateVersion: AGGREGATE_VERSION, occurredAt: OCCURRED_AT, ...fields });
}

const AGGREGATE_VERSION = long('1, 2, 3 ... without gaps for this aggregate');
const OCCURRED_AT = timestamp('When the owner decided');

/** The answer to a command that was not carried out. Its causation id is the command's id. */
export function refusal<F extends Fields>(fullName: string, doc: string, fields: F) {
  return event(fullName, doc, {
    ...fields,
    commandId: string('Id of the refused command (its ce_id)'),
    command: string('Full record name of the refused command'),
    reasonCode: string('Stable code, see docs/generated/errors.md'),
    reason: string('What is wrong and what to do next'),
  });
}

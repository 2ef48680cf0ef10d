import type { Fields, Schema } from './types';

/**
 * A value that fits a schema, the same one always: for golden bytes, for examples in documents and as a seed for
 * fuzzing. Every optional part is there, every list has one item, and no two texts are alike, so that mixed-up fields
 * show.
 */
export function sampleOf<T>(schema: Schema<T>): T {
  return sample(schema as Schema<unknown>, 'value', { count: 0 }) as T;
}

/** 2001-01-01T00:00:00Z, the month in which the example's flights begin. */
const EPOCH_MS = 978_307_200_000;

function sample(schema: Schema<unknown>, name: string, state: { count: number }): unknown {
  const kind = schema.kind;
  state.count += 1;
  switch (kind.type) {
    case 'null':
      return null;
    case 'boolean':
      return state.count % 2 === 0;
    case 'int':
      return state.count;
    case 'long':
      // Past 32 bits, so that a reader that narrows shows.
      return 2 ** 33 + state.count;
    case 'float':
      return state.count + 0.5;
    case 'double':
      return state.count + 0.1;
    case 'timestamp-millis':
      return EPOCH_MS + state.count * 60_000;
    case 'string':
      // Beyond ASCII, so that bytes taken for characters show.
      return `${name}-${state.count}-é`;
    case 'bytes':
      return Buffer.from([0, state.count & 0xff, 0xff]);
    case 'nullable':
      return sample(kind.of, name, state);
    case 'array':
      return [sample(kind.items, name, state)];
    case 'map':
      return { [`${name}-of`]: sample(kind.values, name, state) };
    case 'enum':
      return kind.symbols.at(-1);
    case 'record':
      return sampleFields(kind.fields, state);
  }
}

function sampleFields(fields: Fields, state: { count: number }): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, sample(field, name, state)]));
}

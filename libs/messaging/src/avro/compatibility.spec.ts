import { Type } from 'avsc';
import fc from 'fast-check';
import { randomOf, randomValue } from '../../fuzz/random.cjs';
import { AvroCodec } from './codec';
import { checkCompatibility, describe as describeDifference } from './compatibility';
import { checkLevel, compatibilityLevel } from './compatibility-level';
import { parseSchema } from './parse-schema';

const parse = (schema: unknown) => parseSchema(JSON.stringify(schema));
const record = (...fields: object[]) => ({ type: 'record', name: 'R', fields });
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more });
const enumeration = (symbols: string[], more: object = {}) => ({ type: 'enum', name: 'E', symbols, ...more });
const fixed = (size: number, name = 'F') => ({ type: 'fixed', name, size });

const differences = (reader: unknown, writer: unknown) =>
  checkCompatibility(parse(reader), parse(writer)).map(({ type, path, message }) => `${type} ${path} ${message}`);

describe('messaging/avro/compatibility', () => {
  const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];
  const promotions: Record<string, string[]> = {
    long: ['int'],
    float: ['int', 'long'],
    double: ['int', 'long', 'float'],
    bytes: ['string'],
    string: ['bytes'],
  };
  describe('primitive promotions', () => {
    it.each(primitives.flatMap((reader) => primitives.map((writer) => ({ reader, writer }))))(
      '$writer as $reader',
      ({ reader, writer }) => {
        const expected = reader === writer || promotions[reader]?.includes(writer);
        expect(differences(reader, writer)).toEqual(
          expected
            ? []
            : [
                `TYPE_MISMATCH / reader type: ${reader.toUpperCase()} not compatible with writer type: ${writer.toUpperCase()}`,
              ],
        );
      },
    );
  });

  it.each<[string, unknown, unknown]>([
    ['a field dropped', record(), record(field('a', 'int'))],
    ['a field added with a default', record(field('a', 'int', { default: 1 })), record()],
    ['a nullable field added with default null', record(field('a', ['null', 'int'], { default: null })), record()],
    ['a field found by its alias', record(field('b', 'int', { aliases: ['a'] })), record(field('a', 'int'))],
    [
      'fields in another order',
      record(field('a', 'int'), field('b', 'string')),
      record(field('b', 'string'), field('a', 'int')),
    ],
    ['a field promoted', record(field('a', 'double')), record(field('a', 'int'))],
    ['a field made nullable', record(field('a', ['null', 'int'])), record(field('a', 'int'))],
    ['a record found by its alias', { ...record(), name: 'S', aliases: ['R'] }, record()],
    ['another namespace, the same simple name', { ...record(), namespace: 'x' }, { ...record(), namespace: 'y' }],
    ['a symbol added', enumeration(['A', 'B']), enumeration(['A'])],
    ['a symbol dropped, with a default', enumeration(['A'], { default: 'A' }), enumeration(['A', 'B'])],
    ['a union widened', ['null', 'int', 'string'], ['int', 'null']],
    ['a union narrowed to what all its branches fit', 'double', ['int', 'float']],
    ['a type read as a union', ['null', 'long'], 'int'],
    ['items promoted', { type: 'array', items: 'long' }, { type: 'array', items: 'int' }],
    ['values promoted', { type: 'map', values: 'string' }, { type: 'map', values: 'bytes' }],
    ['the same fixed', fixed(4), fixed(4)],
    [
      'a recursive record',
      record(field('next', ['null', 'R']), field('added', 'int', { default: 0 })),
      record(field('next', ['null', 'R'])),
    ],
  ])('reads: %s', (_, reader, writer) => expect(differences(reader, writer)).toEqual([]));

  it.each<[string, unknown, unknown, string[]]>([
    [
      'a field added without a default',
      record(field('a', 'int'), field('b', 'string')),
      record(field('a', 'int')),
      ['READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 b'],
    ],
    [
      'a field of another type',
      record(field('a', 'string')),
      record(field('a', 'int')),
      ['TYPE_MISMATCH /fields/0/type reader type: STRING not compatible with writer type: INT'],
    ],
    [
      'a field demoted',
      record(field('a', 'int')),
      record(field('a', 'long')),
      ['TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: LONG'],
    ],
    [
      'a field no longer nullable',
      record(field('a', 'int')),
      record(field('a', ['null', 'int'])),
      ['TYPE_MISMATCH /fields/0/type/0 reader type: INT not compatible with writer type: NULL'],
    ],
    ['another name', { ...record(), name: 'S' }, record(), ['NAME_MISMATCH /name expected: R']],
    ['a symbol dropped', enumeration(['A']), enumeration(['A', 'C', 'B']), ['MISSING_ENUM_SYMBOLS /symbols [B, C]']],
    ['another size', fixed(4), fixed(8), ['FIXED_SIZE_MISMATCH /size expected: 8, found: 4']],
    ['another fixed', fixed(4, 'G'), fixed(4), ['NAME_MISMATCH /name expected: F']],
    [
      'a union narrowed',
      ['null', 'int'],
      ['null', 'int', 'string'],
      ['MISSING_UNION_BRANCH /2 reader union lacking writer type: STRING'],
    ],
    [
      'a type outside the union',
      ['null', 'int'],
      'string',
      ['MISSING_UNION_BRANCH / reader union lacking writer type: STRING'],
    ],
    [
      'an array for a map',
      { type: 'array', items: 'int' },
      { type: 'map', values: 'int' },
      ['TYPE_MISMATCH / reader type: ARRAY not compatible with writer type: MAP'],
    ],
    [
      'items of another type',
      { type: 'array', items: 'int' },
      { type: 'array', items: 'string' },
      ['TYPE_MISMATCH /items reader type: INT not compatible with writer type: STRING'],
    ],
    [
      'several at once',
      record(field('a', 'string'), field('b', 'int')),
      record(field('a', 'int')),
      [
        'TYPE_MISMATCH /fields/0/type reader type: STRING not compatible with writer type: INT',
        'READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 b',
      ],
    ],
    [
      'two fields by alias',
      record(field('c', 'int', { aliases: ['a', 'b'] })),
      record(field('a', 'int'), field('b', 'int')),
      ['AMBIGUOUS_FIELD_ALIAS /fields/0 c'],
    ],
    [
      'a change inside a recursive record',
      record(field('v', 'int'), field('next', ['null', 'R'])),
      record(field('v', 'string'), field('next', ['null', 'R'])),
      ['TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: STRING'],
    ],
  ])('refuses: %s', (_, reader, writer, expected) => expect(differences(reader, writer)).toEqual(expected));

  it("says it in the words of Confluent's registry", () => {
    const [found] = checkCompatibility(parse(record(field('b', 'string'))), parse(record()));
    expect(found && describeDifference(found, 'new', 'old')).toBe(
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/0' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}",
    );
  });

  describe('levels', () => {
    const v1 = record(field('a', 'int'));
    const v2 = record(field('a', 'int'), field('b', 'int', { default: 0 }));
    const addsRequired = record(field('a', 'int'), field('b', 'int', { default: 0 }), field('c', 'int'));
    const dropsRequired = record(field('b', 'int', { default: 0 }));
    const addsOptional = record(
      field('a', 'int'),
      field('b', 'int', { default: 0 }),
      field('c', 'int', { default: 0 }),
    );
    /** Reads v2 (b is there), not v1 (b is missing and has no default any more). */
    const dropsDefault = record(field('a', 'int'), field('b', 'int'));

    it.each<[string, unknown, string[]]>([
      ['adds a field with a default', addsOptional, []],
      ['adds a field without a default', addsRequired, ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']],
      ['drops a field without a default', dropsRequired, ['FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']],
      ['drops a default', dropsDefault, ['BACKWARD_TRANSITIVE', 'FULL_TRANSITIVE']],
    ])('a version that %s', (_, next, refusedBy) => {
      const earlier = [v1, v2].map((schema, index) => ({ version: index + 1, schema: parse(schema) }));
      const levels = [
        'NONE',
        'BACKWARD',
        'BACKWARD_TRANSITIVE',
        'FORWARD',
        'FORWARD_TRANSITIVE',
        'FULL',
        'FULL_TRANSITIVE',
      ] as const;
      expect(levels.filter((level) => checkLevel(level, parse(next), earlier).length > 0)).toEqual(refusedBy);
    });

    it('accepts anything as the first version', () => expect(checkLevel('FULL_TRANSITIVE', parse(v1), [])).toEqual([]));

    it('names the version and schema it stumbled over', () => {
      const earlier = [v1, v2].map((schema, index) => ({ version: index + 1, schema: parse(schema) }));
      const messages = checkLevel('FULL_TRANSITIVE', parse(dropsDefault), earlier);
      expect(messages.slice(-3)).toEqual([
        '{oldSchemaVersion: 1}',
        `{oldSchema: '${parse(v1).text}'}`,
        "{compatibility: 'FULL_TRANSITIVE'}",
      ]);
    });

    it('reads levels in any case', () => {
      expect(compatibilityLevel('full_transitive')).toBe('FULL_TRANSITIVE');
      expect(compatibilityLevel('SIDEWAYS')).toBeUndefined();
      expect(compatibilityLevel(7)).toBeUndefined();
    });
  });

  describe("agrees with avsc's resolvers", () => {
    const verdicts = { compatible: 0, not: 0 };

    it('on random pairs of related schemas, and decodes what it calls compatible', () => {
      fc.assert(
        fc.property(schemaPair, fc.integer(), ({ reader, writer }, seed) => {
          fc.pre(isValid(reader) && isValid(writer));
          const ours = checkCompatibility(parse(reader), parse(writer)).length === 0;
          expect({ reader, writer, compatible: ours }).toEqual({
            reader,
            writer,
            compatible: avscResolves(reader, writer),
          });
          verdicts[ours ? 'compatible' : 'not']++;
          if (!ours) return;
          const writerSchema = parse(writer);
          const decoder = AvroCodec.of(parse(reader)).decoderOf(writerSchema);
          const random = randomOf(seed);
          for (let i = 0; i < 3; i++) {
            const bytes = AvroCodec.of(writerSchema).encode(randomValue(writerSchema.root, random));
            expect(() => decoder.decode(bytes)).not.toThrow();
          }
        }),
        { numRuns: 1_500, seed: 20_261_124 },
      );
    });

    it('after pairs of both kinds', () => {
      expect(verdicts.compatible).toBeGreaterThan(200);
      expect(verdicts.not).toBeGreaterThan(200);
    });
  });
});

/** An edit now and then makes a schema that is none (a union in a union, a default after a new type). */
function isValid(schema: unknown): boolean {
  try {
    parse(schema);
    return true;
  } catch {
    return false;
  }
}

function avscResolves(reader: unknown, writer: unknown): boolean {
  const of = (schema: unknown) => Type.forSchema(structuredClone(schema) as never, { wrapUnions: true });
  try {
    of(reader).createResolver(of(writer), { ignoreNamespaces: true });
    return true;
  } catch {
    return false;
  }
}

type Json = string | object;

/** Two schemas that share most of their shape: one drawn at random, the other the same with a few edits. */
const schemaPair: fc.Arbitrary<{ reader: Json; writer: Json }> = fc
  .tuple(schemaOf(3), fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([base, edits, swap]) => {
    const edited = edits.reduce((schema, edit) => editAt(schema, edit), base);
    const [reader, writer] = swap ? [edited, base] : [base, edited];
    return { reader: unique(reader), writer: unique(writer) };
  });

function schemaOf(depth: number): fc.Arbitrary<Json> {
  const leaf = fc.constantFrom<Json>('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string');
  const named = fc.oneof(
    fc.subarray(['A', 'B', 'C'], { minLength: 1 }).map((symbols): Json => ({ type: 'enum', name: 'E', symbols })),
    fc.constantFrom(2, 3).map((size): Json => ({ type: 'fixed', name: 'F', size })),
  );
  if (depth === 0) return fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: named });
  const inner = schemaOf(depth - 1);
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    { weight: 1, arbitrary: named },
    { weight: 1, arbitrary: inner.map((items): Json => ({ type: 'array', items })) },
    { weight: 1, arbitrary: inner.map((values): Json => ({ type: 'map', values })) },
    { weight: 2, arbitrary: fc.uniqueArray(leaf, { minLength: 1, maxLength: 3 }) },
    {
      weight: 4,
      arbitrary: fc
        .array(inner, { minLength: 1, maxLength: 3 })
        .map(
          (types): Json => ({ type: 'record', name: 'R', fields: types.map((type, i) => ({ name: 'xyz'[i], type })) }),
        ),
    },
  );
}

/** One edit at the place that the number picks. */
function editAt(schema: Json, edit: number): Json {
  const rest = Math.floor(edit / 7);
  if (typeof schema === 'string')
    return ['int', 'long', 'double', 'string', 'bytes', schema === 'null' ? 'int' : ['null', schema], schema][
      edit % 7
    ] as Json;
  if (Array.isArray(schema)) {
    if (edit % 3 === 0) return schema.length > 1 ? schema.slice(1) : (schema[0] as Json);
    if (edit % 3 === 1) return [...new Set([...schema, 'string', 'long'])];
    return [...schema].reverse();
  }
  const node = schema as {
    type: string;
    items?: Json;
    values?: Json;
    symbols?: string[];
    size?: number;
    fields?: { name: string; type: Json; [key: string]: unknown }[];
  };
  if (edit % 7 === 0 && 'name' in schema)
    return { ...schema, name: 'Z', ...(rest % 2 ? { aliases: ['R', 'E', 'F'] } : {}) };
  if (node.items !== undefined) return { ...schema, items: editAt(node.items, rest) };
  if (node.values !== undefined) return { ...schema, values: editAt(node.values, rest) };
  if (node.size !== undefined) return { ...schema, size: node.size + 1 };
  if (node.symbols) {
    const symbols = rest % 2 ? [...node.symbols, 'D'] : node.symbols.slice(0, 1);
    return { ...schema, symbols, ...(rest % 3 === 0 ? { default: symbols[0] } : {}) };
  }
  if (node.fields) {
    const at = rest % node.fields.length;
    const others = (index: number) => index !== at;
    switch (edit % 5) {
      case 0:
        return { ...schema, fields: node.fields.filter((_, index) => others(index)) };
      case 1:
        return {
          ...schema,
          fields: [
            ...node.fields,
            { name: `added${node.fields.length}`, type: 'int', ...(rest % 2 ? { default: 7 } : {}) },
          ],
        };
      case 2:
        return {
          ...schema,
          fields: node.fields.map((f, index) =>
            others(index) ? f : { ...f, name: `renamed${edit % 1_000}`, ...(rest % 2 ? { aliases: [f.name] } : {}) },
          ),
        };
      default:
        return {
          ...schema,
          fields: node.fields.map((f, index) => (others(index) ? f : { ...f, type: editAt(f.type, rest) })),
        };
    }
  }
  return schema;
}

/** A name may be defined once: later definitions get a number. */
function unique(schema: Json): Json {
  const counts = new Map<string, number>();
  const visit = (node: Json): Json => {
    if (typeof node === 'string') return node;
    if (Array.isArray(node)) return node.map(visit);
    const copy: Record<string, unknown> = { ...node };
    if (typeof copy.name === 'string') {
      const count = counts.get(copy.name) ?? 0;
      counts.set(copy.name, count + 1);
      if (count > 0) copy.name = `${copy.name}${count}`;
    }
    if (copy.items) copy.items = visit(copy.items as Json);
    if (copy.values) copy.values = visit(copy.values as Json);
    if (Array.isArray(copy.fields)) copy.fields = copy.fields.map((f) => ({ ...f, type: visit(f.type) }));
    return copy;
  };
  return visit(schema);
}

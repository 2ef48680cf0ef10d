import { schemaZoo } from '../../fuzz/schema-zoo.cjs';
import { parseSchema, SCHEMA_LIMITS } from './parse-schema';
import type { SchemaError } from './schema-error';
import type { AvroRecord } from './schema-model';

const record = (fields: unknown[], more: object = {}) => ({ type: 'record', name: 'R', fields, ...more });
const field = (type: unknown, more: object = {}) => ({ name: 'f', type, ...more });

function refusal(source: string | object): SchemaError {
  try {
    parseSchema(source);
  } catch (error) {
    return error as SchemaError;
  }
  throw new Error('the schema was accepted');
}

describe('messaging/avro/parse-schema', () => {
  it.each(schemaZoo)('accepts and prints the same again: $name', ({ schema }) => {
    const parsed = parseSchema(JSON.stringify(schema));
    expect(parseSchema(parsed.text).text).toBe(parsed.text);
  });

  it('resolves names by the namespace rules', () => {
    const { root } = parseSchema({
      type: 'record',
      name: 'Outer',
      namespace: 'com.acme',
      aliases: ['Old', 'org.other.Older'],
      fields: [
        { name: 'a', type: { type: 'enum', name: 'Colour', symbols: ['RED'] } },
        { name: 'b', type: 'Colour' },
        { name: 'c', type: 'com.acme.Colour' },
        { name: 'd', type: { type: 'fixed', name: 'Bare', namespace: '', size: 2 } },
        { name: 'e', type: 'Bare' },
        { name: 'f', type: ['null', 'Outer'], default: null },
      ],
    });
    const outer = root as AvroRecord;
    expect(outer.name).toBe('com.acme.Outer');
    expect(outer.aliases).toEqual(['com.acme.Old', 'org.other.Older']);
    const types = outer.fields.map(({ type }) => type);
    expect(types[1]).toBe(types[0]);
    expect(types[2]).toBe(types[0]);
    expect(types[3]).toMatchObject({ name: 'Bare' });
    expect(types[4]).toBe(types[3]);
    expect(types[5]).toMatchObject({ branches: [{ kind: 'null' }, outer] });
  });

  it('prints attributes in the order of the Java library, keeping docs, defaults, aliases and properties', () => {
    const { text } = parseSchema(`{ "name" : "R", "custom": 7, "doc":"about", "type":"record", "namespace":"n",
      "fields":[{"type":{"logicalType":"timestamp-millis","type":"long"}, "default": 0, "name":"t", "doc": "when", "aliases":["u"]},
                {"name":"s","type":{"type":"string"}}], "aliases":["Q"] }`);
    expect(text).toBe(
      '{"type":"record","name":"R","namespace":"n","doc":"about","fields":[' +
        '{"name":"t","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"when","default":0,"aliases":["u"]},' +
        '{"name":"s","type":"string"}],"custom":7,"aliases":["Q"]}',
    );
  });

  describe('limits', () => {
    const deep = (levels: number): unknown => (levels === 1 ? 'int' : { type: 'array', items: deep(levels - 1) });

    it('takes 16 levels and refuses 17', () => {
      expect(() => parseSchema(deep(16) as object)).not.toThrow();
      expect(refusal(deep(17) as object).code).toBe('AVRO_SCHEMA_TOO_DEEP');
    });

    it('counts depth through references by name', () => {
      const chain = Array.from({ length: 20 }, (_, level) =>
        field(
          { type: 'record', name: `R${level}`, fields: level === 0 ? [] : [{ name: 'g', type: `R${level - 1}` }] },
          { name: `f${level}` },
        ),
      );
      expect(refusal(record(chain)).code).toBe('AVRO_SCHEMA_TOO_DEEP');
    });

    it('takes 512 fields and refuses 513', () => {
      const fields = (count: number) =>
        Array.from({ length: count }, (_, index) => ({ name: `f${index}`, type: 'int' }));
      expect(() => parseSchema(record(fields(512)))).not.toThrow();
      expect(refusal(record(fields(513))).code).toBe('AVRO_SCHEMA_TOO_MANY_FIELDS');
    });

    it('takes 1,024 symbols and refuses 1,025', () => {
      const symbols = (count: number) => Array.from({ length: count }, (_, index) => `S${index}`);
      expect(() => parseSchema({ type: 'enum', name: 'E', symbols: symbols(1_024) })).not.toThrow();
      expect(refusal({ type: 'enum', name: 'E', symbols: symbols(1_025) }).code).toBe('AVRO_SCHEMA_TOO_MANY_SYMBOLS');
    });

    it('refuses more than 1,024 union branches', () => {
      const unions = Array.from({ length: 400 }, (_, index) => ({
        name: `f${index}`,
        type: ['null', 'int', 'string'],
      }));
      expect(refusal(record(unions)).code).toBe('AVRO_SCHEMA_TOO_MANY_BRANCHES');
    });

    it('refuses more than 64 KiB before reading them', () => {
      expect(refusal(`"${'x'.repeat(SCHEMA_LIMITS.bytes)}"`).code).toBe('AVRO_SCHEMA_TOO_LARGE');
    });

    it('refuses brackets nested 30,000 deep without running out of stack', () => {
      expect(refusal('['.repeat(30_000)).code).toBe('AVRO_SCHEMA_TOO_DEEP');
      expect(refusal(`{"type":"int","x":${'['.repeat(30_000)}`).code).toBe('AVRO_SCHEMA_TOO_DEEP');
    });

    it('does not count brackets inside strings', () => {
      expect(() => parseSchema(record([], { doc: '[{\\"'.repeat(500) }))).not.toThrow();
    });
  });

  it.each<[string, string | object, RegExp]>([
    ['not JSON', '{', /not JSON/],
    ['a number', '7', /a type is a name/],
    ['null', 'null', /a type is a name/],
    ['no type', {}, /no attribute "type"/],
    ['an unknown name', '"Nope"', /names the type "Nope"/],
    [
      'a name used before it is defined',
      record([field('Later'), field({ type: 'enum', name: 'Later', symbols: ['A'] })]),
      /Later/,
    ],
    ['a bad name', { type: 'record', name: 'a-b', fields: [] }, /names match/],
    ['a bad namespace', { type: 'record', name: 'A', namespace: 'a..b', fields: [] }, /names match/],
    ['a record without fields', { type: 'record', name: 'A' }, /no array "fields"/],
    ['a field twice', record([field('int'), field('int')]), /field f twice/],
    ['a field without a type', record([{ name: 'f' }]), /has no "type"/],
    ['a type defined twice', record([field({ type: 'fixed', name: 'R', size: 1 })]), /second time/],
    ['a primitive defined anew', { type: 'record', name: 'string', fields: [] }, /primitive name/],
    ['an enum without symbols', { type: 'enum', name: 'E', symbols: [] }, /no symbols/],
    ['a symbol twice', { type: 'enum', name: 'E', symbols: ['A', 'A'] }, /A twice/],
    [
      'an enum default that is no symbol',
      { type: 'enum', name: 'E', symbols: ['A'], default: 'B' },
      /none of its symbols/,
    ],
    ['a negative fixed', { type: 'fixed', name: 'F', size: -1 }, /size -1/],
    ['a union in a union', ['null', ['int', 'string']], /directly inside/],
    ['a union with a branch twice', ['int', 'int'], /int twice/],
    ['an array without items', { type: 'array' }, /without "items"/],
    ['a bad order', record([field('int', { order: 'up' })]), /ascending, descending or ignore/],
    ['aliases that are no list', record([], { aliases: 'x' }), /array of strings/],
  ])('refuses %s', (_, source, message) => {
    const error = refusal(source);
    expect(error.code).toMatch(/^AVRO_SCHEMA_(INVALID|NOT_JSON)$/);
    expect(error.message).toMatch(message);
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'refuses the name %s, which every JavaScript object has',
    (name) => {
      expect(refusal(`{"type":"record","name":"R","fields":[{"name":"${name}","type":"int"}]}`).code).toBe(
        'AVRO_SCHEMA_UNSUPPORTED',
      );
      expect(refusal({ type: 'enum', name: 'E', symbols: [name] }).code).toBe('AVRO_SCHEMA_UNSUPPORTED');
    },
  );

  describe('defaults', () => {
    it.each<[string, unknown, unknown]>([
      ['null', 'null', null],
      ['int', 'int', -5],
      ['long', 'long', 2 ** 40],
      ['double from an integer', 'double', 1],
      ['bytes', 'bytes', '\u00ff\u0000'],
      ['fixed', { type: 'fixed', name: 'F', size: 2 }, 'ab'],
      ['enum', { type: 'enum', name: 'E', symbols: ['A'] }, 'A'],
      ['array', { type: 'array', items: 'string' }, ['x']],
      ['map', { type: 'map', values: 'int' }, { a: 1 }],
      ['first branch of a union', ['string', 'null'], ''],
      ['record with a field that has a default', record([{ name: 'g', type: 'int', default: 1 }], { name: 'S' }), {}],
    ])('accepts %s', (_, type, value) => {
      expect(() => parseSchema(record([field(type, { default: value })]))).not.toThrow();
    });

    it.each<[string, unknown, unknown, RegExp]>([
      ['a string for an int', 'int', '1', /32-bit integer/],
      ['an int out of range', 'int', 2 ** 31, /32-bit integer/],
      ['a fraction for a long', 'long', 0.5, /an integer/],
      ['null for a string', 'string', null, /a string/],
      ['bytes with a character above U+00FF', 'bytes', 'Ω', /one per byte/],
      ['a fixed of the wrong size', { type: 'fixed', name: 'F', size: 2 }, 'a', /2 characters/],
      ['an unknown symbol', { type: 'enum', name: 'E', symbols: ['A'] }, 'B', /symbol of E/],
      ['a later branch of a union', ['null', 'int'], 1, /first branch, null/],
      ['a record without a field', record([{ name: 'g', type: 'int' }], { name: 'S' }), {}, /lacks the field g/],
      ['an infinity', 'double', Number.POSITIVE_INFINITY, /finite number|a number/],
    ])('refuses %s', (_, type, value, message) => {
      const json = JSON.stringify(record([field(type, { default: '@' })])).replace(
        '"@"',
        value === Number.POSITIVE_INFINITY ? '1e999' : JSON.stringify(value),
      );
      expect(refusal(json).message).toMatch(message);
    });

    it('refuses a map default with the key __proto__', () => {
      const json =
        '{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"map","values":"int"},"default":{"__proto__":1}}]}';
      expect(refusal(json).message).toMatch(/__proto__/);
    });
  });
});

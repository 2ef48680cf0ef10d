import { AppError } from '@millrace/contracts';
import { randomOf, randomValue } from '../../fuzz/random.cjs';
import { schemaZoo } from '../../fuzz/schema-zoo.cjs';
import { AvroCodec } from './codec';
import { parseSchema } from './parse-schema';
import { UndecodableError } from './poison';
import type { SchemaError } from './schema-error';

const codecOf = <T = unknown>(schema: unknown) => AvroCodec.of<T>(parseSchema(JSON.stringify(schema)));
const record = (...fields: object[]) => ({ type: 'record', name: 'R', fields });

function thrown(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing was thrown');
}

describe('messaging/avro/codec', () => {
  describe('gives back what it was given', () => {
    it.each(schemaZoo.filter(({ name }) => name !== 'records that reuse a record without bytes'))(
      '$name',
      ({ schema }) => {
        const parsed = parseSchema(JSON.stringify(schema));
        const codec = AvroCodec.of(parsed);
        const random = randomOf(11);
        for (let i = 0; i < 100; i++) {
          const value = randomValue(parsed.root, random);
          expect(codec.decode(codec.encode(value))).toEqual(value);
        }
      },
    );
  });

  it('writes the bytes of the specification', () => {
    expect(codecOf('long').encode(-64).toString('hex')).toBe('7f');
    expect(codecOf('string').encode('foo').toString('hex')).toBe('06666f6f');
    expect(codecOf({ type: 'array', items: 'long' }).encode([3, 27]).toString('hex')).toBe('04063600');
    expect(codecOf(['null', 'string']).encode('a').toString('hex')).toBe('020261');
    expect(
      codecOf(record({ name: 'a', type: 'long' }, { name: 'b', type: 'string' }))
        .encode({ a: 27, b: 'foo' })
        .toString('hex'),
    ).toBe('3606666f6f');
  });

  it('encodes into a buffer, or says how many bytes are missing', () => {
    const codec = codecOf('string');
    const target = Buffer.alloc(8);
    expect(codec.encodeInto('foo', target, 2)).toBe(6);
    expect(target.toString('hex')).toBe('000006666f6f0000');
    expect(codec.encodeInto('four!', target, 4)).toBe(-2);
  });

  it('takes defaults for fields left out', () => {
    const codec = codecOf(
      record({ name: 'a', type: 'int', default: 7 }, { name: 'b', type: ['null', 'string'], default: null }),
    );
    expect(codec.decode(codec.encode({}))).toEqual({ a: 7, b: null });
  });

  it('tags unions of more than null and one type', () => {
    const codec = codecOf([
      'null',
      'int',
      { type: 'record', name: 'P', namespace: 'x', fields: [{ name: 'a', type: 'int' }] },
    ]);
    for (const value of [null, { int: 5 }, { 'x.P': { a: 1 } }])
      expect(codec.decode(codec.encode(value))).toEqual(value);
    expect(thrown(() => codec.encode(5)).code).toBe('AVRO_ENCODE_INVALID');
  });

  describe('values that do not fit', () => {
    const request = codecOf(
      record(
        { name: 'id', type: 'string' },
        { name: 'features', type: { type: 'record', name: 'F', fields: [{ name: 'n', type: 'int' }] } },
        { name: 'colour', type: { type: 'enum', name: 'Colour', symbols: ['RED'] }, default: 'RED' },
      ),
    );

    it.each<[string, unknown, RegExp]>([
      ['a field of another type', { id: 7, features: { n: 1 } }, /id is 7, expected "?string/],
      ['a nested field', { id: 'a', features: { n: 1.5 } }, /features\.n is 1\.5/],
      ['a missing field', { id: 'a', features: {} }, /features\.n is undefined/],
      ['an unknown symbol', { id: 'a', features: { n: 1 }, colour: 'BLUE' }, /colour is "BLUE"/],
      ['a symbol that objects inherit', { id: 'a', features: { n: 1 }, colour: 'toString' }, /colour is "toString"/],
      ['half a surrogate pair', { id: 'a\ud800', features: { n: 1 } }, /id is/],
      ['null', null, /null/],
    ])('%s', (_, value, message) => {
      const error = thrown(() => request.encode(value));
      expect(error.code).toBe('AVRO_ENCODE_INVALID');
      expect(error.retriable).toBe(false);
      expect(error.message).toMatch(message);
    });

    it('a long beyond 2^53', () =>
      expect(thrown(() => codecOf('long').encode(2 ** 60)).code).toBe('AVRO_ENCODE_INVALID'));
  });

  describe('foreign bytes', () => {
    it('a long that no JavaScript number holds', () => {
      const error = thrown(() => codecOf('long').decode(Buffer.from('ffffffffffffffffff01', 'hex')));
      expect(error).toBeInstanceOf(UndecodableError);
      expect(error.code).toBe('UNREADABLE');
      expect(error.context).toMatchObject({ detail: 'LONG_OUT_OF_RANGE' });
    });

    it('says what is wrong and where', () => {
      const error = thrown(() => codecOf('string').decode(Buffer.from('0a6162', 'hex')));
      expect(error.code).toBe('UNREADABLE');
      expect(error.context).toMatchObject({ detail: 'TRUNCATED', position: 0 });
    });

    it('a map with the key __proto__ leaves prototypes alone', () => {
      const codec = codecOf<Record<string, Record<string, string>>>({
        type: 'map',
        values: { type: 'map', values: 'string' },
      });
      const evil = JSON.parse('{"__proto__": {"polluted": "yes"}}');
      const map = codec.decode(codec.encode(evil));
      expect(Object.keys(map)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(map)).toBeNull();
      expect(map.polluted).toBeUndefined();
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    });

    it('the same through a resolver', () => {
      const writer = codecOf({ type: 'map', values: 'int' });
      const evil = JSON.parse('{"__proto__": 5}');
      const map = codecOf<object>({ type: 'map', values: 'double' })
        .decoderOf(writer.schema)
        .decode(writer.encode(evil));
      expect(Object.getPrototypeOf(map)).toBeNull();
      expect(Object.entries(map)).toEqual([['__proto__', 5]]);
    });

    it('small items that a reader with many defaults would blow up', () => {
      const items = (...fields: object[]) => ({ type: 'array', items: record(...fields) });
      const writer = codecOf(items({ name: 'a', type: 'boolean' }));
      const defaults = Array.from({ length: 400 }, (_, index) => ({ name: `d${index}`, type: 'int', default: 1 }));
      const reader = codecOf(items({ name: 'a', type: 'boolean' }, ...defaults)).decoderOf(writer.schema);
      expect(reader.decode(writer.encode([{ a: true }]))).toMatchObject([{ a: true, d399: 1 }]);
      const flood = writer.encode(Array.from({ length: 100_000 }, () => ({ a: true })));
      expect(thrown(() => reader.decode(flood)).context).toMatchObject({ detail: 'STEPS' });
    });

    it('bytes are copied: the fetch response can go', () => {
      const codec = codecOf<Buffer>('bytes');
      const received = codec.encode(Buffer.from('abc'));
      const value = codec.decode(received);
      received.fill(0);
      expect(value.toString()).toBe('abc');
    });
  });

  describe('another writer', () => {
    const v1 = codecOf(record({ name: 'a', type: 'int' }, { name: 'gone', type: { type: 'array', items: 'string' } }));
    const v2 = codecOf(record({ name: 'a', type: 'double' }, { name: 'added', type: 'string', default: 'x' }));

    it('is read through schema resolution', () => {
      expect(v2.decoderOf(v1.schema).decode(v1.encode({ a: 3, gone: ['p', 'q'] }))).toEqual({ a: 3, added: 'x' });
    });

    it('is compiled once', () => {
      expect(v2.decoderOf(v1.schema)).toBe(v2.decoderOf(parseSchema(v1.schema.text)));
    });

    it('with an unknown symbol becomes the default symbol', () => {
      const status = (...symbols: string[]) => ({ type: 'enum', name: 'S', symbols, default: symbols[0] });
      const writer = codecOf(status('UNKNOWN', 'OK', 'NEW'));
      expect(codecOf(status('UNKNOWN', 'OK')).decoderOf(writer.schema).decode(writer.encode('NEW'))).toBe('UNKNOWN');
    });

    it('that cannot be read is INCOMPATIBLE_SCHEMA, with the field', () => {
      const reader = codecOf(record({ name: 'a', type: 'int' }, { name: 'needed', type: 'string' }));
      const error = thrown(() => reader.decoderOf(v1.schema));
      expect(error).toBeInstanceOf(UndecodableError);
      expect(error.code).toBe('INCOMPATIBLE_SCHEMA');
      expect(error.message).toMatch(/'needed' at path '\/fields\/1'/);
    });

    it('may have a decimal where the reader does not look', () => {
      const price = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
      const writer = parseSchema(record({ name: 'a', type: 'int' }, { name: 'price', type: price }));
      const reader = codecOf(record({ name: 'a', type: 'int' }));
      expect(reader.decoderOf(writer).decode(Buffer.from('0a0401ff', 'hex'))).toEqual({ a: 5 });
    });
  });

  it.each(['decimal', 'duration'])('refuses %s instead of handing out its raw bytes', (logicalType) => {
    const type =
      logicalType === 'duration'
        ? { type: 'fixed', name: 'D', size: 12, logicalType }
        : { type: 'bytes', logicalType, precision: 4 };
    const error = thrown(() => codecOf(record({ name: 'amount', type: ['null', type] }))) as SchemaError;
    expect(error.code).toBe('AVRO_SCHEMA_UNSUPPORTED');
    expect(error.message).toMatch(new RegExp(`${logicalType} \\(/amount/1\\)`));
  });
});

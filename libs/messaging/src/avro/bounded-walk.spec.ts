import { avroOf, Topics } from '@millrace/contracts';
import { mutate, randomOf, randomValue } from '../../fuzz/random.cjs';
import { schemaZoo } from '../../fuzz/schema-zoo.cjs';
import { BoundedWalker, STEPS_FREE, STEPS_PER_BYTE } from './bounded-walk';
import { AvroCodec } from './codec';
import { parseSchema } from './parse-schema';
import { UndecodableError } from './poison';
import type { AvroSchema } from './schema-model';

const parse = (schema: unknown): AvroSchema => parseSchema(JSON.stringify(schema));
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const varint = (value: bigint): string => {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Buffer.from(bytes).toString('hex');
};
const boundOf = (bytes: Buffer) => STEPS_PER_BYTE * bytes.length + STEPS_FREE + 1;

/** Every record type on a static topic of the platform. */
const contracts = [
  ...new Map(
    Object.values(Topics).flatMap(({ records }) => records.map((record) => [record.fullName, record])),
  ).values(),
].map((record) => ({ name: record.fullName, schema: avroOf(record) }));

describe('messaging/avro/bounded-walk', () => {
  describe('accepts what the encoder writes', () => {
    it.each(schemaZoo.filter(({ name }) => name !== 'records that reuse a record without bytes'))(
      '$name',
      ({ schema: json }) => {
        const schema = parse(json);
        const codec = AvroCodec.of(schema);
        const random = randomOf(7);
        for (let i = 0; i < 200; i++) {
          const bytes = codec.encode(randomValue(schema.root, random));
          expect(BoundedWalker.of(schema).walk(bytes)).toBeNull();
        }
      },
    );

    it('a part of a larger buffer', () => {
      const walker = BoundedWalker.of(parse('string'));
      expect(walker.walk(hex('ff 02 61 ff'), 1, 3)).toBeNull();
      expect(walker.walk(hex('ff 02 61 ff'), 1, 4)).toBe('TRAILING');
    });

    it('blocks with a size, and several blocks', () => {
      const walker = BoundedWalker.of(parse({ type: 'array', items: 'long' }));
      expect(walker.walk(hex(`${varint(-2n)} ${varint(3n)} 02 8001 ${varint(1n)} 04 00`))).toBeNull();
      expect(walker.entries).toBe(3);
    });
  });

  describe('refuses', () => {
    const long62 = varint(2n ** 62n);
    it.each<[string, unknown, string, string]>([
      ['an empty value', 'int', '', 'TRUNCATED'],
      ['trailing bytes', 'int', '02 00', 'TRAILING'],
      ['an int of 6 bytes', 'int', 'ff ff ff ff ff 01', 'VARINT'],
      ['an int of 33 bits', 'int', 'ff ff ff ff 1f', 'VARINT'],
      ['a long of 11 bytes', 'long', 'ff ff ff ff ff ff ff ff ff ff 01', 'VARINT'],
      ['a boolean of 2', 'boolean', '02', 'BOOLEAN'],
      ['a string that is longer than the bytes', 'string', `${varint(1n << 40n)} 61`, 'TRUNCATED'],
      ['a string of negative length', 'string', varint(-1n), 'LENGTH'],
      ['a string of length 2^62', 'string', long62, 'TRUNCATED'],
      ['bytes of length -2^63 (parity is lost beyond 2^53: read as 2^63)', 'bytes', varint(-(2n ** 63n)), 'TRUNCATED'],
      ['a string that is not UTF-8', 'string', '04 c3 28', 'UTF8'],
      ['a surrogate in UTF-8', 'string', '06 ed a0 80', 'UTF8'],
      ['half a double', 'double', '00 00 00 00', 'TRUNCATED'],
      ['half a fixed', { type: 'fixed', name: 'F', size: 4 }, '00 00', 'TRUNCATED'],
      ['an enum index too high', { type: 'enum', name: 'E', symbols: ['A'] }, '02', 'INDEX'],
      ['an enum index below zero', { type: 'enum', name: 'E', symbols: ['A'] }, '01', 'INDEX'],
      ['a union index too high', ['null', 'int'], '04', 'INDEX'],
      ['a union index of 2^62', ['null', 'int'], long62, 'INDEX'],
      [
        'array<null> with 2*10^8 items in 6 bytes',
        { type: 'array', items: 'null' },
        `${varint(200_000_000n)} 00`,
        'COUNT',
      ],
      ['array<null> in many blocks', { type: 'array', items: 'null' }, `${`${varint(1_000n)}`.repeat(50)} 00`, 'COUNT'],
      [
        'array<empty record> with 2*10^8 items',
        { type: 'array', items: { type: 'record', name: 'E', fields: [] } },
        `${varint(200_000_000n)} 00`,
        'COUNT',
      ],
      [
        'array<fixed 0>',
        { type: 'array', items: { type: 'fixed', name: 'Z', size: 0 } },
        `${varint(2_000n)} 00`,
        'COUNT',
      ],
      [
        'a truncated array<int> with 2*10^8 items',
        { type: 'array', items: 'int' },
        `${varint(200_000_000n)} 02`,
        'COUNT',
      ],
      ['an array of 2^62 items', { type: 'array', items: 'int' }, `${long62} 02`, 'COUNT'],
      ['an array of -2^63 items', { type: 'array', items: 'int' }, `${varint(-(2n ** 63n))} 02 02`, 'COUNT'],
      [
        'more doubles than the bytes hold',
        { type: 'array', items: 'double' },
        `${varint(3n)} ${'00'.repeat(17)}`,
        'COUNT',
      ],
      [
        'a block size beyond the value',
        { type: 'array', items: 'int' },
        `${varint(-1n)} ${varint(9n)} 02 00`,
        'LENGTH',
      ],
      ['a negative block size', { type: 'array', items: 'int' }, `${varint(-1n)} ${varint(-4n)} 02 00`, 'LENGTH'],
      [
        'a block size that its items do not fill',
        { type: 'array', items: 'int' },
        `${varint(-1n)} ${varint(2n)} 02 00 00`,
        'LENGTH',
      ],
      [
        'a map of maps that announces 2^40 entries',
        { type: 'map', values: { type: 'map', values: 'int' } },
        `02 02 61 ${varint(1n << 40n)}`,
        'COUNT',
      ],
      ['a map with a key that is cut', { type: 'map', values: 'int' }, '02 0a 61 62', 'TRUNCATED'],
      ['an array without its end', { type: 'array', items: 'int' }, '02 02', 'TRUNCATED'],
      ['an empty union', [], '00', 'INDEX'],
    ])('%s', (_, schema, bytes, refusal) => {
      const walker = BoundedWalker.of(parse(schema));
      expect(walker.walk(hex(bytes))).toBe(refusal);
      expect(walker.steps).toBeLessThanOrEqual(boundOf(hex(bytes)));
    });

    it('recursion a million deep, at depth 64', () => {
      const list = parse(schemaZoo.find(({ name }) => name === 'linked list')?.schema);
      const walker = BoundedWalker.of(list);
      expect(walker.walk(Buffer.alloc(2_000_000, 2))).toBe('DEPTH');
      expect(walker.steps).toBeLessThan(1_000);
    });

    it('a record inside itself, which no bytes can end', () => {
      const walker = BoundedWalker.of(parse({ type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] }));
      expect(walker.walk(Buffer.alloc(0))).toBe('DEPTH');
    });

    it('work that doubles at every level without a byte', () => {
      const levels = (count: number): object[] => {
        const types: object[] = [{ type: 'record', name: 'T0', fields: [{ name: 'x', type: 'null' }] }];
        for (let i = 1; i < count; i++) {
          const fields = Array.from({ length: 12 }, (_, index) => ({ name: `f${index}`, type: `T${i - 1}` }));
          types.push({ type: 'record', name: `T${i}`, fields });
        }
        return types;
      };
      const types = levels(14);
      const fields = types.map((type, index) => ({ name: `t${index}`, type }));
      const walker = BoundedWalker.of(parse({ type: 'record', name: 'R', fields }));
      expect(walker.walk(Buffer.alloc(0))).toBe('STEPS');
      expect(walker.steps).toBeLessThanOrEqual(STEPS_FREE + 1);
    });

    it('wide records that cost one byte each', () => {
      const walker = BoundedWalker.of(parse(schemaZoo.find(({ name }) => name.startsWith('record of null'))?.schema));
      const bytes = Buffer.concat([hex(varint(1_000n)), Buffer.alloc(1_001)]);
      expect(walker.walk(bytes)).toBe('STEPS');
      expect(walker.steps).toBeLessThanOrEqual(boundOf(bytes));
    });
  });

  it('says where the trouble begins', () => {
    const walker = BoundedWalker.of(parse({ type: 'array', items: 'string' }));
    expect(walker.walk(hex('04 02 61 04 c3 28 00'))).toBe('UTF8');
    expect(walker.position).toBe(3);
  });

  describe('10,000 mutants: refused with a reason or decoded, in bounded steps', () => {
    it.each([...schemaZoo, ...contracts])('$name', ({ schema: json }) => {
      const schema = parse(json);
      const codec = AvroCodec.of(schema);
      const walker = BoundedWalker.of(schema);
      const random = randomOf(20_261_124);
      // Golden bytes of the schema: values spread over its shapes, each mutated many times.
      const golden = Array.from({ length: 50 }, () => codec.encode(randomValue(schema.root, random)));
      const surprises: string[] = [];
      for (let i = 0; i < 10_000; i++) {
        const bytes = mutate(golden[i % golden.length], random);
        try {
          codec.decode(bytes);
        } catch (error) {
          if (!(error instanceof UndecodableError)) surprises.push(`${bytes.toString('hex')}: ${error}`);
        }
        if (walker.steps > boundOf(bytes)) surprises.push(`${bytes.toString('hex')}: ${walker.steps} steps`);
      }
      expect(surprises).toEqual([]);
    });
  });
});

import { randomOf } from '../../../messaging/fuzz/random.cjs';
import { LeafEncoder, type LedgerRecord } from './leaf-encoder';

const random = randomOf(2_026);
const blob = (): Buffer | null =>
  random.below(5) === 0 ? null : Buffer.from(Array.from({ length: random.below(6) }, () => random.below(3)));
const recordOf = (): LedgerRecord => ({
  topic: ['t', 'tt', 'topic.v1'][random.below(3)],
  partition: random.below(3),
  offset: random.below(2) * 2 ** 40 + random.below(4),
  timestamp: random.below(4) - 2 + random.below(2) * 1_700_000_000_000,
  key: blob(),
  value: blob(),
  headers: Array.from(
    { length: random.below(4) },
    () => [Buffer.from([random.below(256)].slice(random.below(2))), blob()] as const,
  ),
});
const hashOf = (record: LedgerRecord) => new LeafEncoder(record.topic, record.partition).hash(record).toString('hex');

/** Equal text for equal records only; JSON keeps every boundary. */
const textOf = ({ key, value, headers, ...rest }: LedgerRecord) => {
  const hex = (bytes: Buffer | string | null) => (typeof bytes === 'string' ? bytes : (bytes?.toString('hex') ?? null));
  return JSON.stringify([rest, hex(key), hex(value), headers.map((pair) => pair.map(hex))]);
};

describe('ledger/leaf', () => {
  it('writes the documented bytes', () => {
    const bytes = new LeafEncoder('ab', 3).encode({
      offset: 2 ** 32 + 5,
      timestamp: -2,
      key: null,
      value: Buffer.from('v'),
      headers: [['h', null]],
    });
    expect(bytes.toString('hex')).toBe(
      '01' + '000000026162' + '00000003' + '0000000100000005' + 'fffffffffffffffe' + 'ffffffff' + '0000000176' +
        '00000001' + '0000000168' + 'ffffffff', // biome-ignore format: one part a word
    );
  });

  it('gives different records different leaves and equal ones equal leaves, over 20,000 close records', () => {
    const seen = new Map<string, string>();
    let repeats = 0;
    for (let round = 0; round < 20_000; round++) {
      const record = recordOf();
      const hash = hashOf(record);
      const text = textOf(record);
      if (seen.has(hash)) repeats++;
      expect(seen.get(hash) ?? text).toBe(text);
      seen.set(hash, text);
    }
    expect(new Set(seen.values()).size).toBe(seen.size);
    expect(repeats).toBeGreaterThan(0);
  });

  it.each<[part: string, change: (record: LedgerRecord) => LedgerRecord]>([
    ['topic', (record) => ({ ...record, topic: `${record.topic}x` })],
    ['partition', (record) => ({ ...record, partition: record.partition + 1 })],
    ['offset', (record) => ({ ...record, offset: record.offset + 1 })],
    ['timestamp', (record) => ({ ...record, timestamp: record.timestamp - 1 })],
    [
      'key, one byte more',
      (record) => ({ ...record, key: Buffer.concat([record.key ?? Buffer.alloc(0), Buffer.of(0)]) }),
    ],
    ['key, null or empty', (record) => ({ ...record, key: record.key === null ? Buffer.alloc(0) : null })],
    ['value, null or empty', (record) => ({ ...record, value: record.value === null ? Buffer.alloc(0) : null })],
    [
      'value, one byte more',
      (record) => ({ ...record, value: Buffer.concat([record.value ?? Buffer.alloc(0), Buffer.of(0)]) }),
    ],
    ['a header more', (record) => ({ ...record, headers: [...record.headers, ['', null] as const] })],
    [
      'a header repeated',
      (record) => ({ ...record, headers: [['h', null] as const, ...record.headers, ['h', null] as const] }),
    ],
    [
      'a header null or empty',
      (record) => ({ ...record, headers: [...record.headers, ['h', Buffer.alloc(0)] as const] }),
    ],
  ])('changes with the %s', (_, change) => {
    for (let round = 0; round < 300; round++) {
      const record = recordOf();
      expect(hashOf(change(record))).not.toBe(hashOf(record));
    }
  });

  it('changes with the order of headers, and with where a name ends', () => {
    const base = recordOf();
    const of = (...headers: [string, string][]) =>
      hashOf({ ...base, headers: headers.map(([name, value]) => [name, Buffer.from(value)] as const) });
    const all = [
      of(['a', '1'], ['b', '2']),
      of(['b', '2'], ['a', '1']),
      of(['a1', ''], ['b', '2']),
      of(['a', '1b'], ['', '2']),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('refuses an offset or a timestamp that a number cannot hold', () => {
    const encoder = new LeafEncoder('t', 0);
    const record = { offset: 0, timestamp: 2 ** 53, key: null, value: null, headers: [] };
    expect(() => encoder.hash(record)).toThrow('beyond 53 bits');
  });
});

import { avroOf, DeadLetter, type Expectation, InfrastructureError } from '@millrace/contracts';
import { fieldViews } from '@millrace/data';
import {
  AvroCodec,
  type FetchedPartition,
  frame,
  type LaneOutput,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { rule } from '../domain/domain-fixtures';
import { RECORD_BYTES_MAX, RecordSorter } from './record-sorter';

const SCHEMA = parseSchema(
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'delay', type: 'long' },
      { name: 'text', type: 'string' },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'share', type: 'float' },
      { name: 'legs', type: { type: 'array', items: 'int' } },
    ],
  }),
);
const codec = AvroCodec.of<Readonly<Record<string, unknown>>>(SCHEMA);
const deadLetterCodec = AvroCodec.of<DeadLetter>(parseSchema(JSON.stringify(avroOf(DeadLetter))));
const ROW = { delay: 0, text: 'x', day: 0, share: 0, legs: [1, 2] };
const value = (delay: number, text = 'x') => frame(1, codec.encode({ ...ROW, delay, text }));

interface Written {
  readonly topic: string;
  readonly key: string;
  readonly deadLetter?: DeadLetter;
}

async function sort(
  values: (Buffer | null)[],
  rules: Expectation[],
  registry: Partial<SchemaRegistryClient> = {},
  expected: Expectation[] = [],
) {
  const written: Written[] = [];
  const told: string[] = [];
  const sorter = new RecordSorter({
    source: { source: 's', acceptedTopic: 'accepted', quarantineTopic: 'quarantine', rules },
    registry: { byId: async () => SCHEMA, ...registry } as SchemaRegistryClient,
    codec,
    fields: fieldViews(SCHEMA.text),
    expectations: { inForce: async () => ({ set: 's:1', digest: 'd', number: 1, rules: expected }) },
    deadLetters: { encode: async (deadLetter) => deadLetterCodec.encode(deadLetter) },
    observer: {
      accepted: (_, records) => told.push(`accepted ${records}`),
      quarantined: (_, reason) => told.push(`quarantined ${reason}`),
      warned: (_, id) => told.push(`warned ${id}`),
    },
    now: () => 1_000,
  });
  const produce = (topic: string, _: number, key: Buffer | null, bytes: Buffer | null) =>
    written.push({
      topic,
      key: String(key),
      ...(topic === 'quarantine' ? { deadLetter: deadLetterCodec.decode(bytes as Buffer) } : {}),
    });
  const sorting = sorter.process(batchOf(values), { produce } as unknown as LaneOutput);
  return { sorting, written, told };
}

/** One fetched partition that holds these values, at offsets 0, 1, 2 ..., each keyed by its offset. */
function batchOf(values: (Buffer | null)[]): FetchedPartition {
  let at = -1;
  const record = () => ({
    topic: 'raw',
    partition: 3,
    offset: at,
    timestamp: 7,
    key: Buffer.from(String(at)),
    value: values[at] ?? null,
    headers: new Map(),
    rawHeaders: [],
  });
  const records = { next: () => ++at < values.length, headerCount: 0, record };
  return { partition: 3, records } as unknown as FetchedPartition;
}

describe('ingestion > lanes > RecordSorter', () => {
  it('keeps the order within accepted and within quarantine, and tells what it did', async () => {
    const rules = [rule(), rule({ id: 'w', severity: 'WARNING', max: 10 })];
    const { sorting, written, told } = await sort(
      [value(1), value(-999), value(50), Buffer.from('?'), value(2)],
      rules,
    );
    await sorting;
    expect(written.map(({ topic, key, deadLetter }) => [topic, key, deadLetter?.reasonCode])).toEqual([
      ['accepted', '0', undefined],
      ['quarantine', '1', 'RULE_BROKEN:delay-sane'],
      ['accepted', '2', undefined],
      ['quarantine', '3', 'UNREADABLE'],
      ['accepted', '4', undefined],
    ]);
    expect(told).toEqual(['quarantined RULE_BROKEN:delay-sane', 'warned w', 'quarantined UNREADABLE', 'accepted 3']);
  });

  it('sorts by what is expected of the source as well, after the rules of its owner', async () => {
    const expected = [
      rule({ id: 'low', max: 100 }),
      rule({ id: 'lower', max: 10, severity: 'WARNING' }),
      rule({ id: 'mostly', max: 1, tolerance: 0.5 }),
    ];
    const { sorting, written, told } = await sort(
      [value(5), value(50), value(500), value(-999)],
      [rule()],
      {},
      expected,
    );
    await sorting;
    expect(written.map(({ key, deadLetter }) => [key, deadLetter?.reasonCode])).toEqual([
      ['0', undefined],
      ['1', undefined],
      ['2', 'EXPECTATION_BROKEN:low'],
      ['3', 'RULE_BROKEN:delay-sane'],
    ]);
    expect(told).toContain('warned lower');
  });

  it('judges values as data sets hold them: days are milliseconds, floats are not what was written', async () => {
    const expected = [
      rule({ id: 'day', column: 'day', min: 0, max: 86_400_000 }),
      rule({ id: 'share', column: 'share', min: null, max: 0.1 }),
    ];
    const rules = [rule({ id: 'legs', kind: 'IN_SET', column: 'legs', values: ['[1,2]'] })];
    const of = (day: number, share: number, legs: number[]) => frame(1, codec.encode({ ...ROW, day, share, legs }));
    const { sorting, written } = await sort(
      [of(1, 0.1, [1, 2]), of(2, 0.1, [1, 2]), of(0, 0.11, [1, 2]), of(0, 0, [1])],
      rules,
      {},
      expected,
    );
    await sorting;
    expect(written.map(({ deadLetter }) => deadLetter?.reasonCode)).toEqual([
      undefined,
      'EXPECTATION_BROKEN:day',
      'EXPECTATION_BROKEN:share',
      'RULE_BROKEN:legs',
    ]);
  });

  it('names the place of a record that is too large to be kept a second time', async () => {
    const { sorting, written } = await sort([value(1, 'x'.repeat(RECORD_BYTES_MAX))], []);
    await sorting;
    expect(written[0]?.deadLetter).toMatchObject({
      reasonCode: 'TOO_LARGE',
      reason: expect.stringContaining('raw, partition 3, offset 0'),
      key: Buffer.from('0'),
      value: null,
    });
  });

  it('lets an error of infrastructure out, so that the lane waits', async () => {
    const away = new InfrastructureError({ code: 'SCHEMA_REGISTRY_UNREACHABLE', message: 'away' });
    const { sorting, written, told } = await sort([value(1)], [], { byId: () => Promise.reject(away) });
    await expect(sorting).rejects.toBe(away);
    expect({ written, told }).toEqual({ written: [], told: [] });
  });

  it('asks the registry once for a schema', async () => {
    let asked = 0;
    const byId = async () => {
      asked++;
      return SCHEMA;
    };
    await (await sort([value(1), value(2), value(3)], [], { byId })).sorting;
    expect(asked).toBe(1);
  });
});

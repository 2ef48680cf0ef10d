import {
  avroOf,
  DeadLetter,
  type ExpectationSetDefined,
  SortingChanged,
  type SourceRegistered,
  silentLogger,
  sourceTopics,
  subjectOf,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import {
  AvroCodec,
  FRAME_BYTES,
  frame,
  KafkaClient,
  type KafkaRecord,
  MessagingEvents,
  parseSchema,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { Health, Metrics } from '@millrace/service';
import { eventually, MemoryRegistry, testGround } from '@millrace/testing';
import { RegistryDoor } from '../../test/registry-door';
import { made, registerFlights, rule } from '../domain/domain-fixtures';
import { ExpectationSets } from './expectation-sets';
import { SortingLog } from './sorting-log';
import { SortingMetrics } from './sorting-metrics';
import { SourceLanes } from './source-lanes';

const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };
const flight = (...fields: object[]) => parseSchema(JSON.stringify({ type: 'record', name: 'Flight', fields }));
const date = { name: 'date', type: MILLIS };
const delay = { name: 'delay', type: 'long' };
const origin = { name: 'origin', type: 'string' };
const SCHEMA = flight(date, delay, origin);
const NARROW = flight(date, { name: 'delay', type: 'int' }, origin, { name: 'more', type: 'string' });
const LACKING = flight(date, origin);
const DEAD_LETTER = parseSchema(JSON.stringify(avroOf(DeadLetter)));

const ground = testGround();
const clock = { now: () => Date.now() };
const health = new Health(clock, silentLogger);
const metrics = new Metrics();
let client: KafkaClient;
let memory: MemoryRegistry;
let door: RegistryDoor;
let registry: SchemaRegistryClient;
let lanes: SourceLanes;
let sets: ExpectationSets;
let sources = 0;

beforeAll(async () => {
  client = await KafkaClient.connect(
    { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix },
    silentLogger,
  );
  memory = await MemoryRegistry.start();
  door = await RegistryDoor.before(memory.url);
  registry = new SchemaRegistryClient({ url: memory.url, prefix: ground.prefix });
  const doored = new SchemaRegistryClient({ url: door.url, prefix: ground.prefix });
  const lifecycle = new MessagingEvents();
  sets = new ExpectationSets(lifecycle);
  lifecycle.emit('broadcastsComplete', {});
  await applyContracts();
  lanes = new SourceLanes(
    client,
    doored,
    lifecycle,
    new SortingMetrics(metrics),
    sets,
    new SortingLog(client, registry, clock),
    health,
    clock,
    silentLogger,
  );
});
afterAll(async () => {
  await lanes.onModuleDestroy();
  await client.close();
  await door.close();
  await memory.close();
});

/** What the lanes write changes of their expectations to. */
async function applyContracts(): Promise<void> {
  const { name, partitions } = Topics.sortings;
  await client.admin.createTopics([{ name, partitions, config: topicConfig(Topics.sortings) }]);
  const schema = parseSchema(JSON.stringify(avroOf(SortingChanged)));
  await registry.register(subjectOf(Topics.sortings, SortingChanged), schema);
}

async function source(): Promise<SourceRegistered> {
  const name = `flights-${++sources}`;
  const topics = sourceTopics(name, 2);
  const definitions = Object.values(topics);
  await client.admin.createTopics(
    definitions.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
  );
  await registry.register(`${topics.quarantine.name}-value`, DEAD_LETTER);
  const schemaId = await registry.register(`${topics.records.name}-value`, SCHEMA);
  return {
    ...registerFlights({ source: name, rules: [rule(), rule({ id: 'odd', severity: 'WARNING', max: 100 })] }),
    ...made,
    recordsTopic: topics.records.name,
    acceptedTopic: topics.accepted.name,
    quarantineTopic: topics.quarantine.name,
    schema: SCHEMA.text,
    schemaId,
    aggregateVersion: 1,
    occurredAt: 0,
    registeredBy: 'ann',
  };
}

const good = (one: Partial<Record<'date' | 'delay' | 'origin', unknown>> = {}) =>
  AvroCodec.of(SCHEMA).encode({ date: 978_307_260_000, delay: 5, origin: 'LAS', ...one });

/** Everything on a topic up to its last stable offset, by partition and offset. */
async function read(topic: string): Promise<KafkaRecord[]> {
  const ends = await client.admin.endOffsets(topic, 'committed');
  const reader = client.partitionReader({ maxWaitMs: 100 });
  for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
  const records: KafkaRecord[] = [];
  while ([...ends].some(([partition, end]) => reader.position(topic, partition) < end))
    for (const batch of await reader.fetch(AbortSignal.timeout(10_000)))
      while (batch.records.next()) records.push(batch.records.retain());
  await reader.close();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function readAll(topic: string, count: number): Promise<KafkaRecord[]> {
  return eventually(
    async () => {
      const records = await read(topic);
      expect(records).toHaveLength(count);
      return records;
    },
    { timeoutMs: 40_000, everyMs: 200 },
  );
}

const deadLetter = (record: KafkaRecord) =>
  AvroCodec.of<DeadLetter>(DEAD_LETTER).decode(record.value as Buffer, FRAME_BYTES);

describe('ingestion > lanes > SourceLanes', () => {
  it('accepts unchanged what fits, quarantines the rest whole with its reason', async () => {
    const of = await source();
    const narrow = await registry.register('elsewhere', NARROW);
    const lacking = await registry.register('elsewhere', LACKING);
    const bytes = frame(of.schemaId, good());
    const bad: [value: Buffer | null, reason: string][] = [
      [Buffer.from('garbage'), 'UNREADABLE'],
      [Buffer.alloc(0), 'UNREADABLE'],
      [null, 'UNREADABLE'],
      [bytes.subarray(0, bytes.length - 1), 'UNREADABLE'],
      [Buffer.concat([bytes, Buffer.from([0])]), 'UNREADABLE'],
      [frame(of.schemaId, Buffer.from([0x02, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f])), 'UNREADABLE'],
      [frame(4_000_000, good()), 'UNKNOWN_SCHEMA'],
      [frame(lacking, AvroCodec.of(LACKING).encode({ date: 1, origin: 'LAS' })), 'INCOMPATIBLE_SCHEMA'],
      [frame(of.schemaId, good({ delay: -1116 })), 'RULE_BROKEN:delay-sane'],
    ];
    const fine: { value: Buffer; key: Buffer | null; headers?: [string, Buffer | string][]; timestamp?: number }[] = [
      { value: bytes, key: Buffer.from('a') },
      { value: frame(of.schemaId, good({ delay: 200 })), key: null },
      {
        value: frame(narrow, AvroCodec.of(NARROW).encode({ date: 1, delay: 3, origin: 'ATL', more: 'x' })),
        key: Buffer.from([0, 255]),
        headers: [
          ['h', 'first'],
          ['h', Buffer.from([1, 2])],
        ],
        timestamp: 1_600_000_000_123,
      },
    ];
    const producer = client.idempotentProducer();
    await producer.send(
      of.recordsTopic,
      bad.map(([value], n) => ({
        partition: 1,
        key: Buffer.from(`bad-${n}`),
        value,
        headers: [['trace', `t${n}`]],
        timestamp: 1_700_000_000_000 + n,
      })),
    );
    await producer.send(
      of.recordsTopic,
      fine.map((record) => ({ partition: 1, ...record })),
    );
    lanes.open(of);

    const accepted = await readAll(of.acceptedTopic, fine.length);
    expect(accepted.map((record) => [record.partition, record.key, record.value])).toEqual(
      fine.map(({ key, value }) => [1, key, value]),
    );
    expect(accepted[2]).toMatchObject({ timestamp: 1_600_000_000_123 });
    expect(accepted[2]?.rawHeaders.map(([name, value]) => [name, value && [...value]])).toEqual([
      ['h', [...Buffer.from('first')]],
      ['h', [1, 2]],
    ]);

    const quarantined = await readAll(of.quarantineTopic, bad.length);
    expect(
      quarantined.map((record) => ({
        ...deadLetter(record),
        headers: deadLetter(record).headers.map((one) => ({ ...one })),
      })),
    ).toEqual(
      bad.map(([value, reasonCode], n) => ({
        reasonCode,
        reason: expect.stringMatching(/.{10}/),
        topic: of.recordsTopic,
        partition: 1,
        offset: n,
        timestamp: 1_700_000_000_000 + n,
        key: Buffer.from(`bad-${n}`),
        value,
        headers: [{ name: 'trace', value: Buffer.from(`t${n}`) }],
        failedAt: expect.any(Number),
      })),
    );
    expect(quarantined.every((record) => record.partition === 1)).toBe(true);
    const text = await metrics.text();
    expect(text).toContain(`millrace_ingestion_sorted_records_total{source="${of.source}",to="accepted"} 3`);
    expect(text).toContain(`millrace_ingestion_quarantined_records_total{source="${of.source}",reason="UNREADABLE"} 6`);
    expect(text).toContain(`millrace_ingestion_rule_warnings_total{source="${of.source}",rule="odd"} 1`);
  }, 60_000);

  it('sorts by the expectations of the source, and writes from which record on', async () => {
    const of = await source();
    const producer = client.idempotentProducer();
    const send = (...delays: number[]) =>
      producer.send(
        of.recordsTopic,
        delays.map((delay) => ({
          partition: 1,
          key: Buffer.from(String(delay)),
          value: frame(of.schemaId, good({ delay })),
        })),
      );
    await send(50, 60);
    lanes.open(of);
    await readAll(of.acceptedTopic, 2);
    sets.take({
      source: of.source,
      set: `${of.source}:1`,
      number: 1,
      digest: 'd',
      expectations: [rule({ id: 'low', max: 10 }), rule({ id: 'mostly', max: 1, tolerance: 0.5 })],
    } as unknown as ExpectationSetDefined);
    await send(5, 70);
    await send(6);
    await readAll(of.acceptedTopic, 4);
    const [broken] = await readAll(of.quarantineTopic, 1);
    expect(deadLetter(broken!)).toMatchObject({ reasonCode: 'EXPECTATION_BROKEN:low', offset: 3 });
    const log = new SortingLog(client, registry, clock);
    expect(await log.last(of.source, 1)).toMatchObject({
      aggregateVersion: 1,
      fromOffset: 2,
      set: `${of.source}:1`,
      checks: ['low'],
    });
    expect(await log.last(of.source, 0)).toBeNull();
  }, 60_000);

  it('quarantines more bytes than one batch holds', async () => {
    const of = await source();
    const records = Array.from({ length: 4_000 }, (_, n) => ({
      partition: 0,
      key: null,
      value: Buffer.alloc(500, n % 250),
    }));
    await client.idempotentProducer().send(of.recordsTopic, records);
    lanes.open(of);
    const quarantined = await readAll(of.quarantineTopic, records.length);
    expect(quarantined.map((record) => deadLetter(record).offset)).toEqual(records.map((_, n) => n));
  }, 60_000);

  it('pauses while the schema registry is away, quarantines nothing, and goes on', async () => {
    const of = await source();
    const other = await registry.register('elsewhere', flight(date, delay, origin, { name: 'extra', type: 'int' }));
    lanes.open(of);
    const producer = client.idempotentProducer();
    await producer.send(of.recordsTopic, [{ partition: 0, key: null, value: frame(of.schemaId, good()) }]);
    await readAll(of.acceptedTopic, 1);

    door.shut();
    const unseen = frame(other, Buffer.concat([good(), Buffer.from([4])]));
    await producer.send(of.recordsTopic, [
      { partition: 0, key: Buffer.from('unseen'), value: unseen },
      { partition: 0, key: Buffer.from('after'), value: frame(of.schemaId, good()) },
      { partition: 1, key: Buffer.from('beside'), value: frame(of.schemaId, good()) },
    ]);
    await eventually(async () => expect((await health.readiness()).reasons.join()).toContain('registry'), {
      timeoutMs: 30_000,
    });
    const meanwhile = await readAll(of.acceptedTopic, 2);
    expect(meanwhile.map((record) => record.key?.toString() ?? null)).toEqual([null, 'beside']);
    expect(await read(of.quarantineTopic)).toEqual([]);

    door.reopen();
    const accepted = await readAll(of.acceptedTopic, 4);
    expect(accepted.map((record) => record.key?.toString() ?? null)).toEqual([null, 'unseen', 'after', 'beside']);
    await eventually(async () => expect(await health.readiness()).toEqual({ ready: true, reasons: [] }), {
      timeoutMs: 30_000,
    });
  }, 90_000);
});

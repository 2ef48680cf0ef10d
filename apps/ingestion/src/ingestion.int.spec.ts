import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DatasetRegistered,
  type Expectation,
  RegisterSource,
  SnapshotDataset,
  SourceRegistered,
  Topics,
} from '@millrace/contracts';
import { loadTable } from '@millrace/data';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { eventually, makeInstallation, ServiceUnderTest } from '@millrace/testing';
import { registerFlights, rule, snapshotFlights } from './domain/domain-fixtures';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Flight',
  fields: [
    { name: 'date', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'delay', type: 'long' },
    { name: 'origin', type: 'string' },
  ],
});
const codec = AvroCodec.of(parseSchema(SCHEMA));
const register = (source: string, change: Partial<RegisterSource> = {}) =>
  registerFlights({ source, schema: SCHEMA, ...change });

let service: ServiceUnderTest;

beforeAll(async () => {
  service = new ServiceUnderTest(await makeInstallation('ingestion'));
  await service.start();
}, 120_000);
afterAll(async () => {
  await service.clear();
}, 60_000);

/** Registers a source and puts rows into it; every tenth breaks the rule. */
async function sourceWith(name: string, rows: number, rules: Expectation[] = [rule()]): Promise<SourceRegistered> {
  const command = await service.command(RegisterSource, name, register(name, { rules }));
  const answer = await service.answer(Topics.sources, command);
  const source = answer.data as unknown as SourceRegistered;
  const records = Array.from({ length: rows }, (_, n) => ({
    key: Buffer.from(`${name}-${n}`),
    value: frame(
      source.schemaId,
      codec.encode({ date: 1_000 * ((n * 7) % rows), delay: n % 10 === 9 ? 9_999 : n % 60, origin: `O${n % 5}` }),
    ),
  }));
  const producer = service.kafka.idempotentProducer();
  await producer.send(source.recordsTopic, records);
  await producer.close();
  await eventually(
    async () => expect(await service.records(source.acceptedTopic)).toHaveLength(rows - Math.floor(rows / 10)),
    { timeoutMs: 60_000, everyMs: 200 },
  );
  return source;
}

const snapshot = async (source: string, change: Partial<SnapshotDataset> = {}) => {
  const command = await service.command(SnapshotDataset, source, snapshotFlights({ source, ...change }));
  return (await service.answer(Topics.datasets, command)).data as unknown as DatasetRegistered;
};

const artifact = (digest: string) => join(service.folder, 'artifacts/sha256', digest.slice(0, 2), digest.slice(2));

describe('ingestion > sources', () => {
  it('makes topics and subjects, then says that the source exists; a doubled command has one effect', async () => {
    const data = register('doubled');
    const command = await service.command(RegisterSource, 'doubled', data, { id: 'command-doubled' });
    const fact = await service.answer(Topics.sources, command);
    expect(fact).toMatchObject({
      record: SourceRegistered.fullName,
      key: 'doubled',
      data: { aggregateVersion: 1, source: 'doubled', registeredBy: 'ann', recordsTopic: 'data.doubled.records.v1' },
    });
    for (const kind of ['records', 'accepted', 'quarantine']) {
      expect(await service.kafka.admin.partitionsOf(`data.doubled.${kind}.v1`)).toEqual([0, 1]);
      expect(service.installation.registry.levels.get(`${service.kafka.prefix}data.doubled.${kind}.v1-value`)).toBe(
        'FULL_TRANSITIVE',
      );
    }

    await service.command(RegisterSource, 'doubled', data, { id: 'command-doubled' });
    const other = await service.command(RegisterSource, 'doubled', data);
    expect((await service.answer(Topics.sources, other)).data).toMatchObject({
      reasonCode: 'SOURCE_EXISTS',
      aggregateVersion: 2,
    });
    expect(await service.answersTo(Topics.sources, 'command-doubled')).toHaveLength(1);
  }, 90_000);

  it('refuses what cannot be kept, by an event', async () => {
    const pii = await service.command(RegisterSource, 'pii', register('pii', { privacy: { origin: 'pii' } }));
    const broken = await service.command(RegisterSource, 'broken', register('broken', { schema: '{"type":"recrod"}' }));
    expect((await service.answer(Topics.sources, pii)).data).toMatchObject({ reasonCode: 'PII_UNSUPPORTED' });
    expect((await service.answer(Topics.sources, broken)).data).toMatchObject({ reasonCode: 'BAD_SCHEMA' });
    expect(await service.kafka.admin.partitionsOf('data.pii.records.v1')).toEqual([]);
  }, 90_000);
});

describe('ingestion > data sets', () => {
  it('the same offsets give the same digest and the same bytes', async () => {
    const source = await sourceWith('same', 3_000);
    const first = await snapshot('same');
    const upTo = first.ranges.map((range) => range.to);
    const more = { key: null, value: frame(source.schemaId, codec.encode({ date: 5, delay: 5, origin: 'X' })) };
    const producer = service.kafka.idempotentProducer();
    await producer.send(source.recordsTopic, [more]);
    await producer.close();
    await eventually(async () => expect(await service.records(source.acceptedTopic)).toHaveLength(2_701), {
      timeoutMs: 30_000,
    });

    const second = await snapshot('same', { upTo });
    const third = await snapshot('same');
    expect([first.number, second.number, third.number]).toEqual([1, 2, 3]);
    expect({ ...second, dataset: '', number: 0, occurredAt: 0 }).toEqual({
      ...first,
      dataset: '',
      number: 0,
      occurredAt: 0,
    });
    expect(third).toMatchObject({ rows: 2_701 });
    expect(third.digest).not.toBe(first.digest);

    const records = (await service.records(source.acceptedTopic)).sort(
      (a, b) => a.partition - b.partition || a.offset - b.offset,
    );
    const hash = createHash('sha256');
    for (const { partition, offset, value } of records.filter(
      (record) => record.offset < (upTo[record.partition] ?? 0),
    )) {
      const head = Buffer.alloc(16);
      head.writeInt32BE(partition, 0);
      head.writeBigInt64BE(BigInt(offset), 4);
      head.writeInt32BE(value?.length ?? -1, 12);
      hash.update(head).update(value ?? '');
    }
    expect(first.digest).toBe(hash.digest('hex'));
  }, 120_000);

  it('holds out the latest part, in files that are what their digests say', async () => {
    await sourceWith('parts', 1_000);
    const dataset = await snapshot('parts', { holdOutFraction: 0.2 });
    expect(dataset).toMatchObject({ rows: 900, split: 'EVENT_TIME', training: { rows: 720 }, holdOut: { rows: 180 } });
    for (const part of [dataset.training, dataset.holdOut]) {
      const bytes = await readFile(artifact(part.artifact.digest));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(part.artifact.digest);
      expect(bytes.length).toBe(part.artifact.size);
    }
    const times = async (digest: string) => [
      ...((await loadTable(artifact(digest), ['date'])).columns.get('date') as { values: Float64Array }).values,
    ];
    const training = await times(dataset.training.artifact.digest);
    const holdOut = await times(dataset.holdOut.artifact.digest);
    expect(Math.max(...training)).toBeLessThan(Math.min(...holdOut));
    expect(dataset.holdOutFrom).toBe(Math.min(...holdOut));
    expect(training).toEqual([...training].sort((a, b) => a - b));
  }, 120_000);

  it('refuses an unknown source, an empty one and offsets that are not final', async () => {
    await service.answer(Topics.sources, await service.command(RegisterSource, 'empty', register('empty')));
    expect(await snapshot('nowhere')).toMatchObject({ reasonCode: 'UNKNOWN_SOURCE', dataset: 'nowhere:1' });
    expect(await snapshot('empty')).toMatchObject({
      reasonCode: 'DATASET_EMPTY',
      dataset: 'empty:1',
      aggregateVersion: 1,
    });
    expect(await snapshot('empty', { upTo: [1, 0] })).toMatchObject({
      reasonCode: 'BAD_RANGE',
      dataset: 'empty:1',
      aggregateVersion: 2,
    });
  }, 90_000);

  it('killed after the cut and before the fact, it is cut again and registered once', async () => {
    await sourceWith('killed', 500);
    await service.stop();
    const dying = await service.start({ MILLRACE_CRASH_AT: 'ingestion.after-cut' });
    const command = await service.command(SnapshotDataset, 'killed', snapshotFlights({ source: 'killed' }));
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await service.answersTo(Topics.datasets, command)).toEqual([]);
    await service.start();
    expect((await service.answer(Topics.datasets, command)).data).toMatchObject({ dataset: 'killed:1', rows: 450 });
    await service.stop();
    expect(await service.answersTo(Topics.datasets, command)).toHaveLength(1);
  }, 120_000);

  it('a cut whose process keeps dying is refused in the end, and the service lives on', async () => {
    await service.start();
    await sourceWith('dying', 100);
    await service.stop();
    await service.start({ MILLRACE_CRASH_AT: 'cut.before-write' });
    expect(await snapshot('dying')).toMatchObject({ reasonCode: 'CHILD_JOB_DIED', dataset: 'dying:1' });
    await service.stop();
    await service.start();
    expect(await snapshot('dying')).toMatchObject({ dataset: 'dying:1', rows: 90, aggregateVersion: 2 });
    await service.stop();
  }, 180_000);

  it('killed after the topics and before the fact, a source is made once', async () => {
    const dying = await service.start({ MILLRACE_CRASH_AT: 'ingestion.after-topics' });
    const command = await service.command(RegisterSource, 'half-made', register('half-made'));
    expect(await dying.exit).toEqual({ code: null, signal: 'SIGKILL' });
    await service.start();
    expect((await service.answer(Topics.sources, command)).data).toMatchObject({
      source: 'half-made',
      aggregateVersion: 1,
    });
    expect(await service.answersTo(Topics.sources, command)).toHaveLength(1);
  }, 150_000);

  it('rebuilds its tables from the log, beside the running service', async () => {
    const { tables } = await service.rebuild();
    expect(tables.map(({ table, difference }) => [table, difference])).toEqual([
      ['datasets', null],
      ['join_families', null],
      ['sources', null],
    ]);
    for (const { rows, hash, hashRebuilt } of tables.filter(({ table }) => table !== 'join_families')) {
      expect(rows).toBeGreaterThan(0);
      expect(hashRebuilt).toBe(hash);
    }
  }, 90_000);
});

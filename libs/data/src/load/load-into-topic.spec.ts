import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFile, openDataFile } from '../files/data-file';
import { fitFile } from '../rows/fit-file';
import { type LoadOptions, type LoadProgress, loadIntoTopic } from './load-into-topic';
import { away, ToyKafka, type ToyRecord } from './toy-kafka';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'n', type: 'long' },
    { name: 'name', type: 'string' },
  ],
});

let folder: string;
let file: DataFile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
  const path = join(folder, 'rows.csv');
  await writeFile(path, `n,name\n${Array.from({ length: 1_000 }, (_, n) => `${n},name-${n % 10}`).join('\n')}\n`);
  file = await openDataFile(path);
});
afterAll(async () => {
  file.close();
  await rm(folder, { recursive: true, force: true });
});

async function load(kafka: ToyKafka, options: Partial<LoadOptions<ToyRecord[]>> = {}) {
  let now = 0;
  return loadIntoTopic({
    fitted: await fitFile(file, SCHEMA),
    source: 'some',
    topic: 'data.some.records.v1',
    keyField: null,
    encode: (value) => Buffer.from(JSON.stringify(value)),
    port: kafka,
    rowsPerTransaction: 300,
    clock: { now: () => (now += 10) },
    ...options,
  });
}

const numbers = (kafka: ToyKafka) => kafka.log.flat().map((record) => JSON.parse(record.value).n as number);
const sorted = (kafka: ToyKafka) => numbers(kafka).sort((a, b) => a - b);
const all = Array.from({ length: 1_000 }, (_, n) => n);

describe('data > load > loadIntoTopic', () => {
  it('sends every row once, keyed by its number, to the partition of its key', async () => {
    const kafka = new ToyKafka(3);
    const report = await load(kafka);
    expect(report).toMatchObject({ rows: 1_000, rowsDone: 1_000, resumedFrom: 0 });
    expect(sorted(kafka)).toEqual(all);
    for (const [partition, records] of kafka.log.entries())
      for (const { key, value } of records) {
        expect(key).toBe(`some-${JSON.parse(value).n}`);
        expect(kafka.partitionFor(Buffer.from(key), 3)).toBe(partition);
      }
    expect(kafka.offsets).toEqual(new Map([[report.group, 1_000]]));
  });

  it('takes the key from a field', async () => {
    const kafka = new ToyKafka(1);
    await load(kafka, { keyField: 'name', selection: { where: [{ field: 'n', before: 2 }] } });
    expect(kafka.log.flat().map((record) => record.key)).toEqual(['name-0', 'name-1']);
  });

  it.each(['init', 'produce', 'sendOffsets', 'commit', 'committed'])(
    'sends every row once when the broker goes away at every third %s',
    async (step) => {
      const kafka = new ToyKafka(2);
      let steps = 0;
      kafka.before = (now) => {
        if (now === step && ++steps % 3 === 1) throw away();
      };
      const troubles: (string | null)[] = [];
      const report = await load(kafka, { onProgress: (progress: LoadProgress) => troubles.push(progress.trouble) });
      expect(report.rowsDone).toBe(1_000);
      expect(sorted(kafka)).toEqual(all);
      expect(troubles).toContain('The broker is away.');
    },
  );

  it('goes on where a load that was ended had come to', async () => {
    const kafka = new ToyKafka(2);
    const stopping = new AbortController();
    await load(kafka, { signal: stopping.signal, onProgress: ({ rowsDone }) => rowsDone > 0 && stopping.abort() });
    expect(numbers(kafka)).toHaveLength(300);
    expect(await load(kafka)).toMatchObject({ resumedFrom: 300, rowsDone: 1_000 });
    expect(sorted(kafka)).toEqual(all);
  });

  it('refuses a finished file, and sends it again when told so', async () => {
    const kafka = new ToyKafka(2);
    await load(kafka);
    await expect(load(kafka)).rejects.toMatchObject({ code: 'LOAD_FINISHED' });
    expect(numbers(kafka)).toHaveLength(1_000);
    expect(await load(kafka, { again: true })).toMatchObject({ resumedFrom: 0, rowsDone: 1_000 });
    expect(numbers(kafka)).toHaveLength(2_000);
  });

  it('goes on with an unfinished load even when told to send again', async () => {
    const kafka = new ToyKafka(2);
    const stopping = new AbortController();
    await load(kafka, { signal: stopping.signal, onProgress: ({ rowsDone }) => rowsDone > 0 && stopping.abort() });
    await load(kafka, { again: true });
    expect(sorted(kafka)).toEqual(all);
  });

  it('takes another selection for another load', async () => {
    const kafka = new ToyKafka(2);
    const some = await load(kafka, { selection: { take: 100 } });
    const rest = await load(kafka);
    expect(some.group).not.toBe(rest.group);
    expect([some.rows, rest.rows, numbers(kafka).length]).toEqual([100, 1_000, 1_100]);
  });

  it('stops when another process has taken the load over', async () => {
    const kafka = new ToyKafka(2);
    kafka.before = (step) => {
      if (step === 'sendOffsets') throw Object.assign(away(), { kafkaCode: 90 });
    };
    await expect(load(kafka)).rejects.toMatchObject({ code: 'LOAD_TAKEN_OVER' });
    expect(numbers(kafka)).toEqual([]);
  });

  it('splits batches that would grow too large, and refuses a row that cannot be one', async () => {
    const kafka = new ToyKafka(1);
    await load(kafka, {
      encode: ({ n }) => Buffer.from(JSON.stringify({ n, more: 'x'.repeat(100_000) })),
      selection: { take: 20 },
    });
    expect(sorted(kafka)).toHaveLength(20);
    expect(Math.max(...kafka.batchSizes)).toBeLessThan(7);
    await expect(load(kafka, { encode: () => Buffer.alloc(1_000_000) })).rejects.toMatchObject({
      code: 'LOAD_ROW_TOO_LARGE',
    });
  });

  it('says when the topic is missing', async () => {
    await expect(load(new ToyKafka(0))).rejects.toMatchObject({ code: 'LOAD_TOPIC_MISSING' });
  });

  it('reports rate and time left', async () => {
    const seen: LoadProgress[] = [];
    await load(new ToyKafka(1), { onProgress: (progress) => seen.push(progress) });
    expect(seen.map((one) => one.rowsDone)).toEqual([0, 300, 600, 900, 1_000]);
    expect(seen[0]).toMatchObject({ secondsLeft: null, rows: 1_000 });
    expect(seen[4]).toMatchObject({ secondsLeft: 0, trouble: null });
    expect(seen[2]?.rate).toBeGreaterThan(0);
  });
});

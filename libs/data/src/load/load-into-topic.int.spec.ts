import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, sourceTopics, topicConfig } from '@millrace/contracts';
import { AvroCodec, FRAME_BYTES, KafkaClient, parseSchema, partitionOfKey } from '@millrace/messaging';
import { spawnNode, testGround } from '@millrace/testing';

const ROWS = 20_500;
const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'n', type: 'long' },
    { name: 'text', type: 'string' },
  ],
});

const ground = testGround();
const topic = sourceTopics('some').records;
let client: KafkaClient;
let folder: string;
let path: string;

beforeAll(async () => {
  client = await KafkaClient.connect(
    { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix },
    silentLogger,
  );
  await client.admin.createTopics([{ name: topic.name, partitions: 3, config: topicConfig(topic) }]);
  folder = await mkdtemp(join(tmpdir(), 'millrace-load-'));
  path = join(folder, 'rows.csv');
  await writeFile(path, `n,text\n${Array.from({ length: ROWS }, (_, n) => `${n},text ${n % 100}`).join('\n')}\n`);
});
afterAll(async () => {
  await client.close();
  await rm(folder, { recursive: true, force: true });
});

const load = (crashAt?: string) =>
  spawnNode(join(__dirname, 'load-rows.child.ts'), {
    args: [ground.kafka, ground.prefix, path, topic.name, SCHEMA],
    env: { MILLRACE_CRASH_AT: crashAt },
  });

/** Every record that a read_committed reader sees: row, partition, key. */
async function committed(): Promise<{ n: number; partition: number; key: string }[]> {
  const codec = AvroCodec.of<{ n: number }>(parseSchema(SCHEMA));
  const ends = await client.admin.endOffsets(topic.name, 'committed');
  const reader = client.partitionReader({ maxWaitMs: 100 });
  for (const partition of ends.keys()) reader.assign(topic.name, partition, 'start');
  const seen: { n: number; partition: number; key: string }[] = [];
  while ([...ends].some(([partition, end]) => reader.position(topic.name, partition) < end)) {
    for (const { records, partition } of await reader.fetch(AbortSignal.timeout(10_000)))
      while (records.next()) {
        const { key, value } = records.record();
        seen.push({ n: codec.decode(value as Buffer, FRAME_BYTES).n, partition, key: String(key) });
      }
  }
  await reader.close();
  return seen;
}

describe('data > load > loadIntoTopic > kill -9', () => {
  it('five times, at five places: every row is there exactly once', async () => {
    for (const place of [
      'load.after-produce#1',
      'load.after-produce#4',
      'load.before-commit#2',
      'load.after-commit#3',
      'load.after-commit#5',
    ]) {
      expect(await load(place).exit).toEqual({ code: null, signal: 'SIGKILL' });
    }
    const last = load();
    expect([await last.exit, last.output]).toEqual([{ code: 0, signal: null }, expect.any(String)]);
    expect(JSON.parse(last.output)).toMatchObject({ rows: ROWS, rowsDone: ROWS, resumedFrom: 12_000 });

    const seen = await committed();
    expect(seen.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, n) => n));
    for (const { n, partition, key } of seen) {
      expect(key).toBe(`some-${n}`);
      expect(partition).toBe(partitionOfKey(Buffer.from(key), 3));
    }
  }, 120_000);

  it('a finished file is refused', async () => {
    const again = load();
    expect(await again.exit).toEqual({ code: 1, signal: null });
    expect(again.output).toContain('LOAD_FINISHED');
    expect(await committed()).toHaveLength(ROWS);
  }, 60_000);
});

import path from 'node:path';
import { silentLogger } from '@millrace/contracts';
import { eventually, FaultProxy, spawnNode, type TestGround, testGround } from '@millrace/testing';
import { KafkaClient, RecordBatchWriter } from '../index';
import { LaneHost } from './lane-host';

const CHILD = path.resolve(__dirname, '../../crash/lane-child.ts');
const PARTITIONS = 2;
const RECORDS = 600;
const NEVER = new AbortController().signal;

async function clientOf({ kafka, prefix }: TestGround): Promise<KafkaClient> {
  const client = await KafkaClient.connect({ brokers: [kafka], clientId: 'lanes-spec', prefix }, silentLogger);
  await client.admin.createTopics(['in', 'out'].map((name) => ({ name, partitions: PARTITIONS, config: {} })));
  return client;
}

/** Records 0 .. n-1 of each partition, in order. */
async function fill(client: KafkaClient, perPartition: number): Promise<void> {
  const producer = client.idempotentProducer();
  for (let partition = 0; partition < PARTITIONS; partition++)
    await producer.send(
      'in',
      Array.from({ length: perPartition }, (_, index) => ({
        partition,
        key: Buffer.from('k'),
        value: Buffer.from(String(index)),
      })),
    );
  await producer.close();
}

/** What a read_committed reader sees, by partition. */
async function committed(client: KafkaClient, topic: string): Promise<string[][]> {
  const ends = await client.admin.endOffsets(topic, 'committed');
  const reader = client.partitionReader({ topic, maxWaitMs: 100 });
  const seen: string[][] = Array.from({ length: PARTITIONS }, () => []);
  for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
  const behind = () => [...ends].some(([partition, end]) => end > 0 && reader.position(topic, partition) < end);
  while (behind())
    for (const batch of await reader.fetch(NEVER))
      while (batch.records.next()) seen[batch.partition]!.push(batch.records.record().value!.toString());
  await reader.close();
  return seen;
}

const inOrder = (perPartition: number) =>
  Array.from({ length: PARTITIONS }, () => Array.from({ length: perPartition }, (_, index) => String(index)));

async function untilCopied(client: KafkaClient, perPartition: number): Promise<void> {
  await eventually(
    async () => {
      const seen = await committed(client, 'out');
      expect(seen.map((one) => one.length)).toEqual(inOrder(perPartition).map((one) => one.length));
    },
    { timeoutMs: 60_000 },
  );
}

describe('messaging > lanes > crash', () => {
  const points = ['before-produce', 'after-produce', 'before-offsets', 'after-offsets', 'before-end', 'after-end'];

  it.each(points)('killed at lane.%s: every record once, in order', async (point) => {
    const ground = testGround();
    const client = await clientOf(ground);
    await fill(client, RECORDS);
    const settings = JSON.stringify({ brokers: ground.kafka, prefix: ground.prefix });
    const dying = spawnNode(CHILD, { args: [settings], env: { MILLRACE_CRASH_AT: `lane.${point}#5` } });
    expect((await dying.exit).signal).toBe('SIGKILL');
    const heir = spawnNode(CHILD, { args: [settings], env: { MILLRACE_CRASH_AT: undefined } });
    await untilCopied(client, RECORDS);
    await heir.kill();
    expect(await committed(client, 'out')).toEqual(inOrder(RECORDS));
    await client.close();
  });

  it('killed at random again and again: every record once, in order', async () => {
    const ground = testGround();
    const client = await clientOf(ground);
    const settings = JSON.stringify({ brokers: ground.kafka, prefix: ground.prefix });
    for (let round = 0; round < 3; round++) {
      const child = spawnNode(CHILD, { args: [settings] });
      await child.waitFor('running');
      await fill(client, 0);
      const producer = client.idempotentProducer();
      const base = round * 2_000;
      for (let partition = 0; partition < PARTITIONS; partition++)
        await producer.send(
          'in',
          Array.from({ length: 2_000 }, (_, index) => ({
            partition,
            key: null,
            value: Buffer.from(String(base + index)),
          })),
        );
      await eventually(async () => expect((await committed(client, 'out')).flat().length).toBeGreaterThan(2 * base), {
        timeoutMs: 60_000,
        everyMs: 5,
      });
      await child.kill();
    }
    const heir = spawnNode(CHILD, { args: [settings] });
    await untilCopied(client, 6_000);
    await heir.kill();
    expect(await committed(client, 'out')).toEqual(inOrder(6_000));
    await client.close();
  });
});

function hostOf(client: KafkaClient, change: { slowMs?: number } = {}): LaneHost {
  return new LaneHost({
    client,
    group: 'copy',
    topic: 'in',
    limits: { maxRecords: 25 },
    processor: (partition) => ({
      async process({ records }, out) {
        while (records.next()) {
          const { key, value } = records.record();
          out.produce('out', partition, key, value);
        }
        if (change.slowMs) await new Promise((resolve) => setTimeout(resolve, change.slowMs));
      },
    }),
    now: Date.now,
    logger: silentLogger,
  });
}

describe('messaging > lanes > faults', () => {
  it('goes on after its connections were cut again and again', async () => {
    const ground = testGround();
    const direct = await clientOf(ground);
    await fill(direct, 2_000);
    const proxy = await FaultProxy.start({ target: ground.kafka, protocol: 'kafka' });
    const client = await KafkaClient.connect(
      { brokers: [proxy.address], clientId: 'cut', prefix: ground.prefix },
      silentLogger,
    );
    const host = hostOf(client);
    await host.start();
    for (let cut = 0; cut < 6; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      proxy.cut();
    }
    await untilCopied(direct, 2_000);
    expect(await committed(direct, 'out')).toEqual(inOrder(2_000));
    await host.stop();
    await client.close();
    await direct.close();
    await proxy.close();
  });

  it('hands partitions over to a second member and back, every record once', async () => {
    const ground = testGround();
    const [one, two] = [await clientOf(ground), await clientOf(ground)];
    const first = hostOf(one, { slowMs: 5 });
    await first.start();
    await fill(one, 1_500);
    await eventually(async () => expect((await committed(one, 'out')).flat().length).toBeGreaterThan(0), {
      timeoutMs: 30_000,
    });
    const second = hostOf(two, { slowMs: 5 });
    await second.start();
    await eventually(() => expect(second.lanes()).toHaveLength(1), { timeoutMs: 30_000 });
    expect(first.lanes()).toHaveLength(1);
    await second.stop();
    await untilCopied(one, 1_500);
    expect(await committed(one, 'out')).toEqual(inOrder(1_500));
    await first.stop();
    await one.close();
    await two.close();
  });

  it('stops and says so when the offset is gone but the output is not', async () => {
    const ground = testGround();
    const client = await clientOf(ground);
    await fill(client, 10);
    const writer = new RecordBatchWriter();
    const producer = client.transactionalProducer('somebody-else');
    await producer.init();
    await producer.produce('out', 0, writer.begin().add(Date.now(), null, Buffer.from('x')).finish());
    await producer.commit();
    const host = new LaneHost({
      client,
      group: 'lost',
      topic: 'in',
      refuseWithoutOffsetWhenNotEmpty: 'out',
      processor: () => ({ process: async ({ records }) => void records.next() }),
      now: Date.now,
      logger: silentLogger,
    });
    await host.start();
    await eventually(() => expect(host.trouble()).toContain('OFFSET_LOST'), { timeoutMs: 30_000 });
    await host.stop();
    await client.close();
  });
});

import { testGround } from '@millrace/testing';
import { Kafka, logLevel } from 'kafkajs';
import { closeClients, connectClient, fetchUntil } from '../../fixtures/client';
import { randomOf } from '../../fuzz/random.cjs';
import type { KafkaClient } from '../client/kafka-client';
import { RecordBatchWriter, type RecordHeader } from '../records/record-batch-writer';

const { kafka, prefix } = testGround();
const foreign = new Kafka({ brokers: [kafka], clientId: 'spec', logLevel: logLevel.NOTHING });

/** What both readers can say of a record; kafkajs gives numbers as strings and repeated headers as an array. */
interface Seen {
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: Record<string, string[]>;
}

const hex = (bytes: Buffer | null | undefined) => bytes?.toString('hex') ?? null;

async function theirs(topic: string, count: number): Promise<Seen[]> {
  const consumer = foreign.consumer({ groupId: `${topic}.theirs`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen: Seen[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) reject(payload.error);
    });
    void consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { offset, timestamp, key, value, headers } of batch.messages) {
          const entries = Object.entries(headers ?? {}).map(([name, of]) => [
            name,
            [of].flat().map((v) => hex(v as Buffer) ?? 'null'),
          ]);
          seen.push({
            offset: Number(offset),
            timestamp: Number(timestamp),
            key: hex(key),
            value: hex(value),
            headers: Object.fromEntries(entries),
          });
        }
        if (seen.length >= count) resolve();
      },
    });
  }).finally(() => consumer.disconnect());
  return seen;
}

async function ours(client: KafkaClient, topic: string, count: number): Promise<Seen[]> {
  const reader = client.partitionReader({ maxWaitMs: 100, maxBytes: 20_000 });
  reader.assign(topic, 0, 0);
  const seen: Seen[] = [];
  await fetchUntil(reader, (all) => {
    for (const { records } of all.splice(0)) {
      while (records.next()) {
        const { offset, timestamp, key, value, rawHeaders } = records.record();
        const headers: Record<string, string[]> = {};
        for (const [name, of] of rawHeaders) headers[name] = [...(headers[name] ?? []), hex(of) ?? 'null'];
        seen.push({ offset, timestamp, key: hex(key), value: hex(value), headers });
      }
    }
    return seen.length >= count;
  });
  return seen;
}

describe('messaging/reader/against-kafkajs: the same log, read by both', () => {
  jest.setTimeout(60_000);
  afterEach(closeClients);

  it('written by kafkajs: headers, nulls, times, gzip', async () => {
    const client = await connectClient(kafka, prefix);
    await client.admin.createTopics([{ name: 'by-kafkajs', partitions: 1, config: {} }]);
    const producer = foreign.producer();
    await producer.connect();
    const now = Date.now();
    const messages = [
      { key: 'k', value: 'v', headers: { a: '1', b: Buffer.from([0, 255]), c: ['x', 'y'] } },
      { key: null, value: null, timestamp: `${now - 100_000}` },
      { key: '', value: '' },
      { key: 'later', value: 'earlier', timestamp: `${now - 3_000_000_000}` },
      { value: 'x'.repeat(100_000) },
    ];
    await producer.send({ topic: `${prefix}by-kafkajs`, messages });
    await producer.send({ topic: `${prefix}by-kafkajs`, messages, compression: 1 });
    await producer.disconnect();
    const [a, b] = [await theirs(`${prefix}by-kafkajs`, 10), await ours(client, 'by-kafkajs', 10)];
    expect(b).toEqual(a);
    expect(b).toHaveLength(10);
  });

  it('written by us: random records, in transactions', async () => {
    const client = await connectClient(kafka, prefix);
    await client.admin.createTopics([{ name: 'by-us', partitions: 1, config: {} }]);
    const producer = client.transactionalProducer('by-us', { scope: { partitions: [] } });
    await producer.init();
    const random = randomOf(20_261_124);
    const bytes = () =>
      random.below(6) === 0 ? null : Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
    const now = Date.now();
    let count = 0;
    for (let round = 0; round < 20; round++) {
      const writer = new RecordBatchWriter(1_024);
      const records = 1 + random.below(60);
      for (let i = 0; i < records; i++) {
        const headers = Array.from(
          { length: random.below(4) },
          (_, h): RecordHeader => [`h${h % 2}`, bytes() ?? Buffer.alloc(0)],
        );
        writer.add(now - random.below(4_000_000_000), bytes(), bytes(), headers);
      }
      await producer.produce('by-us', 0, writer.finish());
      if (round % 5 === 4) await producer.abort();
      else {
        await producer.commit();
        count += records;
      }
    }
    const [a, b] = [await theirs(`${prefix}by-us`, count), await ours(client, 'by-us', count)];
    expect(b).toEqual(a);
    expect(b).toHaveLength(count);
  });
});

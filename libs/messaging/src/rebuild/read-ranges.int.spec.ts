import { silentLogger } from '@millrace/contracts';
import { testGround } from '@millrace/testing';
import { KafkaClient } from '../client';
import { keptRanges, readRanges } from './read-ranges';

describe('messaging > rebuild > readRanges', () => {
  const { kafka, prefix } = testGround();
  let client: KafkaClient;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    client = await KafkaClient.connect({ brokers: [kafka], clientId: 'spec', prefix }, silentLogger);
    await client.admin.createTopics(['a', 'b'].map((name) => ({ name, partitions: 2, config: {} })));
    const producer = client.idempotentProducer();
    const send = (topic: string, partition: number, timestamp: number, ...values: string[]) =>
      producer.send(
        topic,
        values.map((value) => ({ partition, timestamp, key: null, value: Buffer.from(value) })),
      );
    await send('a', 0, 3_000, 'a0', 'a1');
    await send('b', 0, 1_000, 'b0', 'b1', 'b2');
    await send('b', 1, 2_000, 'c0');
    await send('a', 0, 4_000, 'a2', 'a3');
    await producer.close();
  });
  afterAll(() => client.close());

  async function valuesOf(...ranges: Parameters<typeof readRanges>[1]): Promise<string[]> {
    const values: string[] = [];
    const reached = new Map<string, number>();
    for await (const batch of readRanges(client, ranges, signal)) {
      const place = `${batch.topic}/${batch.partition}`;
      expect(batch.fetchOffset).toBe(reached.get(place) ?? batch.fetchOffset);
      reached.set(place, batch.nextOffset);
      while (batch.records.next()) values.push(String(batch.records.record().value));
    }
    return values;
  }
  const whole = async (topic: string) => keptRanges(client, topic, await client.admin.endOffsets(topic));

  it('reads the oldest first over topics and partitions', async () => {
    const values = await valuesOf(...(await whole('a')), ...(await whole('b')));
    expect(values).toEqual(['b0', 'b1', 'b2', 'c0', 'a0', 'a1', 'a2', 'a3']);
  });

  it('begins and ends where it is told, in the middle of a batch as well', async () => {
    expect(await valuesOf({ topic: 'a', partition: 0, from: 1, to: 3 })).toEqual(['a1', 'a2']);
    expect(await valuesOf({ topic: 'b', partition: 0, from: 0, to: 1 })).toEqual(['b0']);
    expect(await valuesOf({ topic: 'b', partition: 0, from: 2, to: 2 })).toEqual([]);
  });

  it('says so when the log ends before the range', async () => {
    await expect(valuesOf({ topic: 'a', partition: 0, from: 0, to: 5 })).rejects.toMatchObject({
      code: 'LOG_TOO_SHORT',
      context: { end: 4, to: 5 },
    });
  });
});

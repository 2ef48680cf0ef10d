import { ApiKey, eventually, FaultProxy, testGround } from '@millrace/testing';
import { batchOf, closeClients, connectClient, fetchUntil, readAll, valuesOf } from '../../fixtures/client';
import type { KafkaClient } from '../client/kafka-client';
import type { KafkaError } from '../client/kafka-error';

const { kafka, prefix } = testGround();
const never = new AbortController().signal;

async function topicWith(client: KafkaClient, topic: string, values: string[][]): Promise<void> {
  await client.admin.createTopics([{ name: topic, partitions: values.length, config: {} }]);
  const producer = client.idempotentProducer();
  for (const [partition, of] of values.entries()) {
    for (const value of of) await producer.send(topic, [{ partition, key: null, value: Buffer.from(value) }]);
  }
  await producer.close();
}

describe('messaging/reader/partition-reader', () => {
  jest.setTimeout(60_000);
  afterEach(closeClients);

  it('reads several partitions of several topics from where it is told', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'several-a', [['a0', 'a1', 'a2'], ['b0']]);
    await topicWith(client, 'several-b', [['c0', 'c1']]);
    const reader = client.partitionReader();
    reader.assign('several-a', 0, 1);
    reader.assign('several-a', 1, 'start');
    reader.assign('several-b', 0, 'end');
    expect(reader.position('several-a', 1)).toBe(-1);
    const fetched = await fetchUntil(reader, (all) => all.length >= 2);
    await client.idempotentProducer().send('several-b', [{ key: null, value: Buffer.from('c2') }]);
    fetched.push(...(await fetchUntil(reader, (all) => all.length >= 1)));
    expect(Object.fromEntries(fetched.map((f) => [`${f.topic}/${f.partition}`, valuesOf(f)]))).toEqual({
      'several-a/0': ['a1', 'a2'],
      'several-a/1': ['b0'],
      'several-b/0': ['c2'],
    });
    expect([reader.position('several-a', 0), reader.position('several-b', 0)]).toEqual([3, 3]);
  });

  it('gives [] after the wait without data, and when the signal aborts', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'silent', [[]]);
    const reader = client.partitionReader({ maxWaitMs: 50 });
    reader.assign('silent', 0, 0);
    expect(await reader.fetch(never)).toEqual([]);
    const patient = client.partitionReader({ maxWaitMs: 50_000 });
    patient.assign('silent', 0, 0);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    expect(await patient.fetch(stop.signal)).toEqual([]);
  });

  it('asks at once for what is assigned, sought or resumed while a long poll hangs', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'busy', [[], ['x0', 'x1'], ['y0']]);
    const reader = client.partitionReader({ maxWaitMs: 50_000 });
    reader.assign('busy', 0, 0);
    const assigned = reader.fetch(never);
    setTimeout(() => reader.assign('busy', 1, 0), 200);
    expect((await assigned).map(valuesOf)).toEqual([['x0'].concat('x1')]);
    reader.assign('busy', 2, 1);
    const sought = reader.fetch(never);
    setTimeout(() => reader.seek('busy', 2, 0), 200);
    expect((await sought).map(valuesOf)).toEqual([['y0']]);
  });

  it('keeps the position of a paused partition', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'paused', [['a0'], ['b0']]);
    const reader = client.partitionReader({ maxWaitMs: 200 });
    reader.assign('paused', 0, 0);
    reader.assign('paused', 1, 0);
    reader.pause('paused', 0);
    expect((await fetchUntil(reader, (all) => all.length > 0)).map((f) => f.partition)).toEqual([1]);
    expect(await reader.fetch(never)).toEqual([]);
    expect(reader.position('paused', 0)).toBe(0);
    reader.resume('paused', 0);
    expect((await fetchUntil(reader, (all) => all.length > 0)).map(valuesOf)).toEqual([['a0']]);
  });

  it('delivers nothing of a partition that was taken away or sought while its answer was under way', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'stale', [['a0', 'a1', 'a2']]);
    const reader = client.partitionReader({ maxWaitMs: 300 });
    reader.assign('stale', 0, 0);
    const first = reader.fetch(never);
    await new Promise((resolve) => setImmediate(resolve));
    reader.seek('stale', 0, 2);
    const delivered = (await first).concat(await reader.fetch(never));
    expect(delivered.map(valuesOf)).toEqual([['a2']]);
    const second = reader.fetch(never);
    reader.unassign('stale', 0);
    expect(await second).toEqual([]);
    expect(() => reader.position('stale', 0)).toThrow(/not assigned/);
  });

  it('holds back-pressure: no more than maxBytes of a partition at a time, and a larger batch comes whole', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'large', [Array.from({ length: 8 }, (_, i) => `${i}`.repeat(10_000))]);
    const reader = client.partitionReader({ maxBytes: 25_000 });
    reader.assign('large', 0, 0);
    const fetched = await fetchUntil(reader, () => reader.position('large', 0) === 8);
    expect(fetched.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...fetched.map(({ bytes }) => bytes))).toBeLessThanOrEqual(25_000);
    const narrow = client.partitionReader({ maxBytes: 100 });
    narrow.assign('large', 0, 3);
    expect((await fetchUntil(narrow, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['3'.repeat(10_000)]);
  });

  it('never jumps: an offset out of range is an error that names the range, again and again', async () => {
    const client = await connectClient(kafka, prefix);
    await topicWith(client, 'range', [['a0', 'a1']]);
    const reader = client.partitionReader();
    reader.assign('range', 0, 99);
    for (let i = 0; i < 2; i++) {
      await expect(reader.fetch(never)).rejects.toMatchObject({
        code: 'KAFKA_OFFSET_OUT_OF_RANGE',
        context: { offset: 99, startOffset: 0, endOffset: 2 },
        message: expect.stringContaining('keeps 0 to 2'),
      });
    }
    expect(reader.position('range', 0)).toBe(99);
    reader.seek('range', 0, 1);
    expect((await fetchUntil(reader, (all) => all.length > 0)).map(valuesOf)).toEqual([['a1']]);
  });

  it('waits for a topic that does not exist yet', async () => {
    const client = await connectClient(kafka, prefix);
    const troubles: KafkaError[] = [];
    const reader = client.partitionReader({ onTrouble: (error) => troubles.push(error), maxWaitMs: 100 });
    reader.assign('later', 0, 0);
    await eventually(async () => {
      expect(await reader.fetch(never)).toEqual([]);
      expect(troubles[0]?.code).toBe('KAFKA_UNKNOWN_TOPIC_OR_PARTITION');
    });
    await topicWith(client, 'later', [['a0']]);
    expect((await fetchUntil(reader, (all) => all.length > 0)).map(valuesOf)).toEqual([['a0']]);
  });

  it('sees the last stable offset, and leaves aborted records out unless told otherwise', async () => {
    const client = await connectClient(kafka, prefix);
    await client.admin.createTopics([{ name: 'isolation', partitions: 1, config: {} }]);
    const [one, two] = [
      client.transactionalProducer('isolation.1', { scope: { partitions: [] } }),
      client.transactionalProducer('isolation.2', { scope: { partitions: [] } }),
    ];
    await one.init();
    await two.init();
    await one.produce('isolation', 0, batchOf('bad0'));
    await two.produce('isolation', 0, batchOf('bad1'));
    await two.abort();
    await one.abort();
    await one.produce('isolation', 0, batchOf('good'));
    await one.commit();
    expect(await readAll(client, 'isolation')).toEqual(['good']);
    expect(await readAll(client, 'isolation', 0, 'uncommitted')).toEqual(['bad0', 'bad1', 'good']);
    await two.produce('isolation', 0, batchOf('undecided'));
    const reader = client.partitionReader({ maxWaitMs: 100 });
    reader.assign('isolation', 0, 0);
    const [fetched] = await fetchUntil(reader, (all) => all.length > 0);
    expect(fetched.highWatermark).toBe(fetched.lastStableOffset + 1);
    expect([fetched.abortedRecords, fetched.nextOffset]).toEqual([2, fetched.lastStableOffset]);
    expect(await reader.fetch(never)).toEqual([]);
    await two.abort();
  });

  describe('through a network that misbehaves', () => {
    let proxy: FaultProxy;
    let troubles: string[];
    beforeEach(async () => {
      proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
      troubles = [];
    });
    afterEach(async () => {
      await closeClients();
      await proxy.close();
    });

    async function readerOf(topic: string, values: string[], maxWaitMs = 100) {
      await topicWith(await connectClient(kafka, prefix), topic, [values]);
      const client = await connectClient(proxy.address, prefix);
      const reader = client.partitionReader({ maxWaitMs, onTrouble: (error) => troubles.push(error.code) });
      reader.assign(topic, 0, 0);
      return reader;
    }

    it('goes on over a new connection when the old one is cut', async () => {
      const reader = await readerOf('cut', ['a0']);
      expect((await fetchUntil(reader, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['a0']);
      for (let i = 1; i <= 3; i++) {
        const waiting = fetchUntil(reader, (all) => all.length > 0);
        await proxy.cut();
        await (await connectClient(kafka, prefix))
          .idempotentProducer()
          .send('cut', [{ key: null, value: Buffer.from(`a${i}`) }]);
        expect((await waiting).flatMap(valuesOf)).toEqual([`a${i}`]);
      }
      expect(troubles).toContain('KAFKA_UNREACHABLE');
    });

    it('waits while the broker is away, and goes on when it is back', async () => {
      const reader = await readerOf('away', ['a0', 'a1']);
      await fetchUntil(reader, (all) => all.length > 0);
      await proxy.refuse();
      await proxy.cut();
      await eventually(async () => {
        expect(await reader.fetch(never)).toEqual([]);
        expect(troubles.length).toBeGreaterThanOrEqual(2);
      });
      await proxy.accept();
      await (await connectClient(kafka, prefix))
        .idempotentProducer()
        .send('away', [{ key: null, value: Buffer.from('a2') }]);
      expect((await fetchUntil(reader, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['a2']);
    });

    it('gives up a network that swallows everything, and goes on when it is back', async () => {
      await topicWith(await connectClient(kafka, prefix), 'swallowed', [['a0']]);
      const client = await connectClient(proxy.address, prefix, { requestTimeoutMs: 500 });
      const reader = client.partitionReader({ maxWaitMs: 100, onTrouble: (error) => troubles.push(error.code) });
      reader.assign('swallowed', 0, 0);
      await fetchUntil(reader, (all) => all.length > 0);
      proxy.blackhole();
      await eventually(async () => {
        expect(await reader.fetch(never)).toEqual([]);
        expect(troubles.filter((code) => code === 'KAFKA_REQUEST_TIMED_OUT').length).toBeGreaterThanOrEqual(2);
      });
      proxy.heal();
      await (await connectClient(kafka, prefix))
        .idempotentProducer()
        .send('swallowed', [{ key: null, value: Buffer.from('a1') }]);
      expect((await fetchUntil(reader, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['a1']);
    });

    it('reads answers that come in pieces of 7 bytes', async () => {
      const reader = await readerOf('pieces', ['a'.repeat(3_000), 'b']);
      proxy.slice(7);
      expect((await fetchUntil(reader, () => reader.position('pieces', 0) === 2)).flatMap(valuesOf)).toHaveLength(2);
      expect(troubles).toEqual([]);
    });

    it('refuses a malformed answer, drops the connection and asks again', async () => {
      const reader = await readerOf('malformed', ['a0']);
      const flip = proxy.flipByte({ apiKey: ApiKey.Fetch, direction: 'response', offset: 19, mask: 0xff });
      expect((await fetchUntil(reader, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['a0']);
      expect(flip.hits).toBe(1);
      expect(troubles).toEqual(['KAFKA_MALFORMED_RESPONSE']);
    });

    it('refuses a record that was changed on the way, and fetches it again', async () => {
      const reader = await readerOf('corrupt', ['a0']);
      const flip = proxy.flipByte({ apiKey: ApiKey.Fetch, direction: 'response', offset: -8 });
      expect((await fetchUntil(reader, (all) => all.length > 0)).flatMap(valuesOf)).toEqual(['a0']);
      expect(flip.hits).toBe(1);
      expect(troubles).toEqual(['KAFKA_CORRUPT_BATCH']);
    });
  });
});

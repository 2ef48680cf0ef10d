import { ApiKey, FaultProxy, testGround } from '@millrace/testing';
import { Kafka, logLevel } from 'kafkajs';
import { closeClients, connectClient, readAll, settledEnd } from '../../fixtures/client';
import type { KafkaClient } from '../client/kafka-client';
import { type ProducerTuning, SerialIdempotentProducer } from './idempotent-producer';
import { partitionOfKey } from './murmur2';

const { kafka, prefix } = testGround();
const value = (text: string) => ({ key: null, value: Buffer.from(text) });

async function topic(
  client: KafkaClient,
  name: string,
  partitions = 1,
  config: Record<string, string> = {},
): Promise<string> {
  await client.admin.createTopics([{ name, partitions, config }]);
  return name;
}

/** A producer with a shorter patience than a service has. */
function tuned(client: KafkaClient, tuning: ProducerTuning): SerialIdempotentProducer {
  const { context } = client as unknown as { context: ConstructorParameters<typeof SerialIdempotentProducer>[0] };
  return new SerialIdempotentProducer(context, tuning);
}

describe('messaging/producer/idempotent-producer', () => {
  jest.setTimeout(60_000);
  afterEach(closeClients);

  it('gives partition and offset of each record, in the order given; keyed as the Java client does', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'placed', 5);
    const keys = ['a', 'b', 'c', 'a', 'b'].map((key) => Buffer.from(key));
    const sent = await client.idempotentProducer().send(
      name,
      keys.map((key) => ({ key, value: key })),
    );
    expect(sent.map(({ partition }) => partition)).toEqual(keys.map((key) => partitionOfKey(key, 5)));
    for (const [i, { partition, offset }] of sent.entries()) {
      expect((await readAll(client, name, partition))[offset]).toBe(String(keys[i]));
    }
    await expect(client.idempotentProducer().send(name, [{ partition: 9, ...value('x') }])).rejects.toThrow(
      /5 partitions/,
    );
    expect(await client.idempotentProducer().send(name, [])).toEqual([]);
  });

  it('spreads records without a key over the partitions', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'spread', 4);
    const sent = await client.idempotentProducer().send(
      name,
      Array.from({ length: 8 }, (_, i) => value(`${i}`)),
    );
    expect(sent.map(({ partition }) => partition).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('splits by bytes and keeps the order, from several callers at once', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'split');
    const producer = tuned(client, { maxBatchBytes: 10_000 });
    const texts = Array.from({ length: 30 }, (_, call) =>
      Array.from({ length: 20 }, (__, i) => `${call}.${i}`.padEnd(300)),
    );
    const sent = await Promise.all(texts.map((of) => producer.send(name, of.map(value))));
    expect(sent.flat().map(({ offset }) => offset)).toEqual(Array.from({ length: 600 }, (_, i) => i));
    expect(await readAll(client, name)).toEqual(texts.flat());
    await producer.close();
  });

  it('refuses what the broker refuses, and goes on with the next', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'refused', 1, { 'max.message.bytes': '2000' });
    const producer = client.idempotentProducer();
    await producer.send(name, [value('a')]);
    await expect(producer.send(name, [value('x'.repeat(3_000))])).rejects.toMatchObject({
      code: 'KAFKA_MESSAGE_TOO_LARGE',
      retriable: false,
    });
    await producer.send(name, [value('b')]);
    expect(await readAll(client, name)).toEqual(['a', 'b']);
  });

  describe('when replies are lost', () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
    });
    afterEach(async () => {
      await closeClients();
      await proxy.close();
    });

    it('sends the same bytes again and gets the same offset: nothing twice, nothing lost', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'resent');
      const producer = client.idempotentProducer();
      await producer.send(name, [value('one')]);
      for (const text of ['two', 'three']) {
        const lost = proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
        const [{ offset }] = await producer.send(name, [value(text)]);
        expect(lost.hits).toBe(1);
        expect(offset).toBe(text === 'two' ? 1 : 2);
      }
      await producer.send(name, [value('four')]);
      expect(await readAll(client, name)).toEqual(['one', 'two', 'three', 'four']);
    });

    it('survives a connection that is cut again and again', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'cuts');
      const producer = client.idempotentProducer();
      const texts = Array.from({ length: 60 }, (_, i) => `${i}`);
      for (const [i, text] of texts.entries()) {
        if (i % 7 === 3) proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
        if (i % 7 === 5) setTimeout(() => void proxy.cut(), 1);
        await producer.send(name, [value(text)]);
      }
      expect(await readAll(client, name)).toEqual(texts);
    });

    it('in doubt: says so, and the next batch goes out under a new producer id, after the doubtful one', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'doubt');
      const producer = tuned(client, { deliveryBudgetMs: 1_500 });
      await producer.send(name, [value('one')]);
      const lost = proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
      const doubtful = producer.send(name, [value('two')]);
      await lost.hit;
      await proxy.refuse();
      await expect(doubtful).rejects.toMatchObject({ code: 'KAFKA_PRODUCE_IN_DOUBT', retriable: true });
      await proxy.accept();
      const idsBefore = proxy.requestsSeen(ApiKey.InitProducerId);
      await producer.send(name, [value('two')]); // what a relay does: the row is still unpublished
      await producer.send(name, [value('three')]);
      expect(proxy.requestsSeen(ApiKey.InitProducerId)).toBe(idsBefore + 1);
      expect(await readAll(client, name)).toEqual(['one', 'two', 'two', 'three']);
      await producer.close();
    });

    // kafka-transport 6.2: a failed send of kafkajs rolls its sequence back; the broker then takes the next batch of equal
    // length for a repeat of the one that it has, and "acknowledges" it.
    it('the write that kafkajs loses: shown to be lost by kafkajs, and not by us', async () => {
      const client = await connectClient(proxy.address, prefix);
      const theirs = await topic(client, 'three-theirs');
      const foreign = new Kafka({
        brokers: [proxy.address],
        clientId: 'spec',
        logLevel: logLevel.NOTHING,
        requestTimeout: 1_000,
        retry: { retries: 1, initialRetryTime: 10 },
      }).producer({ idempotent: true, maxInFlightRequests: 1, retry: { retries: 1, initialRetryTime: 10 } });
      await foreign.connect();
      const send = (text: string) =>
        foreign.send({ topic: prefix + theirs, messages: [{ value: text, partition: 0 }] });
      await send('one');
      const lost = [1, 2].map((nth) => proxy.dropReply({ apiKey: ApiKey.Produce, nth, thenCut: true })); // and that of its retry
      await expect(send('two')).rejects.toThrow();
      expect(lost.map(({ hits }) => hits)).toEqual([1, 1]);
      await expect(send('six')).resolves.toBeDefined(); // "acknowledged"
      await send('four');
      await foreign.disconnect();
      expect(await readAll(client, theirs)).toEqual(['one', 'two', 'four']);

      const ours = await topic(client, 'three-ours');
      const producer = tuned(client, { deliveryBudgetMs: 1_000 });
      await producer.send(ours, [value('one')]);
      const lostToo = proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
      const failed = producer.send(ours, [value('two')]);
      await lostToo.hit;
      await proxy.refuse();
      await expect(failed).rejects.toMatchObject({ code: 'KAFKA_PRODUCE_IN_DOUBT' });
      await proxy.accept();
      await producer.send(ours, [value('six')]);
      await producer.send(ours, [value('four')]);
      expect(await readAll(client, ours)).toEqual(['one', 'two', 'six', 'four']);
      expect(await settledEnd(client, ours)).toBe(4);
      await producer.close();
    });
  });
});

import { ApiKey, eventually, FaultProxy, testGround } from '@millrace/testing';
import { batchOf, closeClients, connectClient, readAll, settledEnd } from '../../fixtures/client';
import type { KafkaClient } from '../client/kafka-client';
import { KafkaError } from '../client/kafka-error';
import type { Link } from '../kafkajs/link';
import { addPartitionsToTxn } from '../wire/add-partitions-to-txn';
import { endTxn } from '../wire/end-txn';
import { KafkaCode } from '../wire/error-codes';
import { initProducerId } from '../wire/init-producer-id';
import type { TransactionalProducer } from './transactional-producer';

const { kafka, prefix } = testGround();
const ghost = { generation: 3, memberId: 'ghost' };

async function topic(client: KafkaClient, name: string, partitions = 1): Promise<string> {
  await client.admin.createTopics([{ name, partitions, config: {} }]);
  return name;
}

async function ready(client: KafkaClient, id: string, timeoutMs = 30_000): Promise<TransactionalProducer> {
  const producer = client.transactionalProducer(id, { scope: { partitions: [] }, timeoutMs });
  await producer.init();
  return producer;
}

/** A socket of our own to the only broker, for requests that no producer would send. */
async function rawLink(client: KafkaClient): Promise<Link> {
  type Context = { map: { brokers(): Promise<never[]> }; links: { get(address: never, role: string): Promise<Link> } };
  const { context } = client as unknown as { context: Context };
  const [address] = await context.map.brokers();
  return context.links.get(address, 'raw');
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error) => (error instanceof KafkaError ? error.code : String(error)),
  );
}

describe('messaging/transaction/transactional-producer', () => {
  jest.setTimeout(120_000);
  afterEach(closeClients);

  it('commits records of several partitions and offsets together, and aborts them together', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'together', 2);
    const producer = await ready(client, 'together');
    expect(producer.state).toBe('ready');
    await Promise.all([producer.produce(name, 0, batchOf('a0', 'a1')), producer.produce(name, 1, batchOf('b0'))]);
    expect(producer.state).toBe('open');
    await producer.produce(name, 0, batchOf('a2'));
    await producer.sendOffsets(
      'g',
      [
        { topic: name, partition: 0, offset: 5 },
        { topic: name, partition: 1, offset: 6 },
      ],
      null,
    );
    await producer.commit();
    await producer.produce(name, 0, batchOf('bad'));
    await producer.sendOffsets('g', [{ topic: name, partition: 0, offset: 99 }], null);
    await producer.abort();
    expect(producer.state).toBe('ready');
    expect(await readAll(client, name, 0)).toEqual(['a0', 'a1', 'a2']);
    expect(await readAll(client, name, 1)).toEqual(['b0']);
    expect(await client.admin.committedOffsets('g', name)).toEqual(
      new Map([
        [0, 5],
        [1, 6],
      ]),
    );
    expect(producer.counts).toMatchObject({ commits: 1, aborts: 1 });
  });

  it('runs hundreds of transactions back to back, in order, without a gap', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'back-to-back');
    const producer = await ready(client, 'back-to-back');
    const texts = Array.from({ length: 300 }, (_, i) => `${i}`);
    for (const text of texts) {
      await producer.produce(name, 0, batchOf(text));
      await producer.sendOffsets('back', [{ topic: name, partition: 0, offset: Number(text) + 1 }], null);
      await producer.commit();
    }
    expect(await readAll(client, name)).toEqual(texts);
    expect(await client.admin.committedOffsets('back', name)).toEqual(new Map([[0, 300]]));
    expect(producer.counts).toMatchObject({ commits: 300, recoveries: 0 });
  });

  it('sends nothing for an empty transaction, and ends one that only holds offsets or added partitions', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'empty');
    const producer = await ready(client, 'empty');
    await producer.commit();
    await producer.abort();
    expect(producer.counts).toMatchObject({ commits: 0, aborts: 0 });
    await producer.sendOffsets('empty', [{ topic: name, partition: 0, offset: 3 }], null);
    await producer.commit();
    await producer.addPartitions([{ topic: name, partition: 0 }]);
    await producer.commit();
    expect(await client.admin.committedOffsets('empty', name)).toEqual(new Map([[0, 3]]));
    expect(producer.counts).toMatchObject({ commits: 2 });
  });

  it('refuses what its state does not allow, and says what to do', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'misuse');
    const producer = client.transactionalProducer('misuse', { scope: { partitions: [] } });
    await expect(producer.produce(name, 0, batchOf('x'))).rejects.toThrow(/Call init\(\) first/);
    await expect(producer.commit()).rejects.toThrow(/Call init\(\) first/);
  });

  describe('fencing', () => {
    it('a second owner aborts what the first had open; the first is broken and recovers as fenced', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'fenced');
      const first = await ready(client, 'fenced');
      await first.produce(name, 0, batchOf('bad'));
      const second = await ready(client, 'fenced');
      expect(await codeOf(first.produce(name, 0, batchOf('zombie')))).toBe('KAFKA_INVALID_PRODUCER_EPOCH');
      expect(first.state).toBe('broken');
      await expect(first.commit()).rejects.toThrow(/is broken. Call recover/);
      expect(await first.recover()).toBe('fenced');
      expect(first.state).toBe('broken');
      await second.produce(name, 0, batchOf('good'));
      await second.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it.each<[string, (producer: TransactionalProducer, name: string) => Promise<unknown>, string]>([
      ['produce to a new partition', (p, name) => p.produce(name, 1, batchOf('z')), 'KAFKA_PRODUCER_FENCED'],
      ['produce to a partition it has', (p, name) => p.produce(name, 0, batchOf('z')), 'KAFKA_INVALID_PRODUCER_EPOCH'],
      [
        'send offsets',
        (p, name) => p.sendOffsets('f', [{ topic: name, partition: 0, offset: 1 }], null),
        'KAFKA_INVALID_PRODUCER_EPOCH',
      ],
      ['commit', (p) => p.commit(), 'KAFKA_PRODUCER_FENCED'],
      ['abort', (p) => p.abort(), 'KAFKA_PRODUCER_FENCED'],
    ])('a fenced owner cannot %s', async (what, attempt, code) => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'matrix', 2);
      const first = await ready(client, `matrix ${what}`);
      await first.produce(name, 0, batchOf('bad'));
      await ready(client, `matrix ${what}`);
      expect(await codeOf(attempt(first, name))).toBe(code);
      expect(first.state).toBe('broken');
      expect(await first.recover()).toBe('fenced');
      expect((await client.admin.committedOffsets('f', name)).get(0)).toBe(-1);
    });

    it('a transaction that timed out is aborted by the broker; its owner recovers and goes on', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'timeout');
      const producer = await ready(client, 'timeout', 1_000);
      await producer.produce(name, 0, batchOf('bad'));
      await eventually(
        async () => expect((await client.admin.endOffsets(name)).get(0)).toBe(2), // the broker's scan aborted it
        { timeoutMs: 60_000, everyMs: 200 },
      );
      const code = await codeOf(producer.produce(name, 0, batchOf('late')));
      expect(['KAFKA_INVALID_PRODUCER_EPOCH', 'KAFKA_PRODUCER_FENCED']).toContain(code);
      expect(producer.state).toBe('broken');
      expect(await producer.recover()).toBe('recovered');
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a timed-out owner that another one replaced is fenced, not recovered', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'timeout-fenced');
      const first = await ready(client, 'timeout-fenced', 1_000);
      await first.produce(name, 0, batchOf('bad'));
      const second = await ready(client, 'timeout-fenced');
      expect(await first.recover()).toBe('fenced');
      await second.produce(name, 0, batchOf('good'));
      await second.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('recovering without need keeps the id and aborts what was open', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'needless');
      const producer = await ready(client, 'needless');
      await producer.produce(name, 0, batchOf('bad'));
      expect(await producer.recover()).toBe('recovered');
      expect(await producer.recover()).toBe('recovered');
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });
  });

  describe('errors that want an abort', () => {
    it('offsets of a stale member are refused; the transaction aborts, and the next one works', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'stale');
      const producer = await ready(client, 'stale');
      await producer.produce(name, 0, batchOf('bad'));
      expect(await codeOf(producer.sendOffsets('stale', [{ topic: name, partition: 0, offset: 1 }], ghost))).toBe(
        'KAFKA_ILLEGAL_GENERATION',
      );
      expect(producer.state).toBe('open');
      expect(await codeOf(producer.produce(name, 0, batchOf('bad too')))).toBe('KAFKA_ILLEGAL_GENERATION');
      expect(await codeOf(producer.commit())).toBe('KAFKA_ILLEGAL_GENERATION');
      await producer.abort();
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a batch that is too large', async () => {
      const client = await connectClient(kafka, prefix);
      await client.admin.createTopics([{ name: 'large', partitions: 1, config: { 'max.message.bytes': '1000' } }]);
      const producer = await ready(client, 'large');
      await producer.produce('large', 0, batchOf('bad'));
      expect(await codeOf(producer.produce('large', 0, batchOf('x'.repeat(2_000))))).toBe('KAFKA_MESSAGE_TOO_LARGE');
      await producer.abort();
      await producer.produce('large', 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, 'large')).toEqual(['good']);
    });

    it('a topic that does not exist', async () => {
      const client = await connectClient(kafka, prefix);
      const name = await topic(client, 'exists');
      const producer = await ready(client, 'unknown-topic');
      expect(await codeOf(producer.produce('no-such-topic', 0, batchOf('bad')))).toBe(
        'KAFKA_UNKNOWN_TOPIC_OR_PARTITION',
      );
      expect(producer.state).toBe('open');
      await producer.abort();
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a timeout beyond what the broker allows is a setting to correct', async () => {
      const client = await connectClient(kafka, prefix);
      expect(
        await codeOf(client.transactionalProducer('long', { scope: { partitions: [] }, timeoutMs: 3_600_000 }).init()),
      ).toBe('KAFKA_INVALID_TRANSACTION_TIMEOUT');
    });
  });

  it('goes over to a new producer id when the epochs are used up, and loses nothing', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'epochs');
    const link = await rawLink(client);
    const transactionalId = `${prefix}epochs`;
    const idle = { transactionalId, transactionTimeoutMs: 30_000, producerId: -1n, producerEpoch: -1 };
    let { producerId, producerEpoch, errorCode } = await link.call(initProducerId, idle, 10_000);
    expect(errorCode).toBe(KafkaCode.NONE);
    for (let left = 60_000; producerEpoch < 32_760; left--) {
      expect(left).toBeGreaterThan(0);
      const end = await link.call(endTxn, { transactionalId, producerId, producerEpoch, committed: false }, 10_000);
      if (end.errorCode === KafkaCode.CONCURRENT_TRANSACTIONS) continue;
      if (end.errorCode !== 0) throw new Error(`EndTxn: ${end.errorCode} at epoch ${producerEpoch}`);
      ({ producerId, producerEpoch } = end);
    }
    const producer = await ready(client, 'epochs');
    const ids = new Set<bigint>();
    const texts = Array.from({ length: 20 }, (_, i) => `${i}`);
    for (const text of texts) {
      await producer.produce(name, 0, batchOf(text));
      await producer.commit();
      ids.add((producer as unknown as { identity: { producerId: bigint } }).identity.producerId);
    }
    expect(ids.size).toBe(2);
    expect(await readAll(client, name)).toEqual(texts);
    expect(producer.counts.recoveries).toBe(0);
  });

  it('an old owner cannot add partitions under the epoch it had', async () => {
    const client = await connectClient(kafka, prefix);
    const name = await topic(client, 'old-epoch');
    const producer = await ready(client, 'old-epoch');
    const { identity } = producer as unknown as { identity: { producerId: bigint; producerEpoch: number } };
    const old = { ...identity };
    await producer.produce(name, 0, batchOf('good'));
    await producer.commit();
    const link = await rawLink(client);
    const topics = [{ topic: prefix + name, partitions: [0] }];
    await eventually(async () => {
      const { results } = await link.call(
        addPartitionsToTxn,
        { transactionalId: `${prefix}old-epoch`, ...old, topics },
        10_000,
      );
      expect(results[0].partitions[0].errorCode).toBe(KafkaCode.PRODUCER_FENCED);
    });
  });

  describe('when replies are lost or late', () => {
    let proxy: FaultProxy;
    beforeEach(async () => {
      proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
    });
    afterEach(async () => {
      await closeClients();
      await proxy.close();
    });

    it.each([
      ['AddPartitionsToTxn', ApiKey.AddPartitionsToTxn],
      ['Produce', ApiKey.Produce],
      ['TxnOffsetCommit', ApiKey.TxnOffsetCommit],
      ['EndTxn of a commit', ApiKey.EndTxn],
    ])('%s is sent again, and takes effect once', async (what, apiKey) => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, `lost-${apiKey}`);
      const producer = await ready(client, what);
      await producer.produce(name, 0, batchOf('0'));
      await producer.commit();
      for (let i = 1; i <= 3; i++) {
        const lost = proxy.dropReply({ apiKey, thenCut: true });
        expect(await producer.produce(name, 0, batchOf(`${i}`))).toBe(2 * i);
        await producer.sendOffsets(what, [{ topic: name, partition: 0, offset: i }], null);
        await producer.commit();
        expect(lost.hits).toBe(1);
      }
      expect(producer.counts.resends).toBeGreaterThanOrEqual(3);
      expect(producer.counts).toMatchObject({ commits: 4, recoveries: 0 });
      expect(await readAll(client, name)).toEqual(['0', '1', '2', '3']);
      expect(await client.admin.committedOffsets(what, name)).toEqual(new Map([[0, 3]]));
    });

    it('EndTxn of an abort is sent again as an abort', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'lost-abort');
      const producer = await ready(client, 'lost-abort');
      const lost = proxy.dropReply({ apiKey: ApiKey.EndTxn, thenCut: true });
      await producer.produce(name, 0, batchOf('bad'));
      await producer.abort();
      expect(lost.hits).toBe(1);
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('InitProducerId is sent again', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'lost-init');
      const lost = proxy.dropReply({ apiKey: ApiKey.InitProducerId, thenCut: true });
      const producer = await ready(client, 'lost-init');
      expect(lost.hits).toBe(1);
      await producer.produce(name, 0, batchOf('bad'));
      const lostToo = proxy.dropReply({ apiKey: ApiKey.InitProducerId, thenCut: true });
      expect(await producer.recover()).toBe('recovered');
      expect(lostToo.hits).toBe(1);
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a commit that arrives late, after its owner went on, does not touch the next transaction (KIP-890)', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'late-commit');
      const producer = await ready(client, 'late-commit');
      await producer.produce(name, 0, batchOf('one'));
      const held = proxy.holdRequest({ apiKey: ApiKey.EndTxn });
      const committed = producer.commit();
      await held.hit;
      await proxy.cut(); // the client sends its verdict again over a new connection
      await committed;
      await producer.produce(name, 0, batchOf('two'));
      held.release(); // only now the first copy reaches the broker
      await new Promise((resolve) => setTimeout(resolve, 300));
      await producer.abort();
      expect(await readAll(client, name)).toEqual(['one']);
    });

    it('a batch that arrives late, after its transaction was aborted, stays out (KIP-890)', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'late-produce');
      const producer = await ready(client, 'late-produce');
      await producer.produce(name, 0, batchOf('first'));
      const held = proxy.holdRequest({ apiKey: ApiKey.Produce });
      const producing = producer.produce(name, 0, batchOf('bad'));
      await held.hit;
      await proxy.cut();
      await producing; // the copy sent again
      await producer.abort();
      held.release();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await settledEnd(client, name)).toBe(5);
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a commit without any answer is in doubt, never aborted; recovery finds it done or undone, as a whole', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'in-doubt');
      const producer = await ready(client, 'in-doubt', 2_000);
      await producer.produce(name, 0, batchOf('one'));
      await producer.sendOffsets('in-doubt', [{ topic: name, partition: 0, offset: 1 }], null);
      const lost = proxy.dropReply({ apiKey: ApiKey.EndTxn, thenCut: true });
      const committed = producer.commit();
      await lost.hit;
      await proxy.refuse();
      expect(await codeOf(committed)).toBe('KAFKA_TRANSACTION_IN_DOUBT');
      expect(producer.state).toBe('broken');
      await expect(producer.abort()).rejects.toThrow(/is broken/);
      await proxy.accept();
      expect(await producer.recover()).toBe('recovered');
      expect(await client.admin.committedOffsets('in-doubt', name)).toEqual(new Map([[0, 1]]));
      expect(await readAll(client, name)).toEqual(['one']);
    });

    it('batches that wait behind one in doubt are not sent: their sequence may be taken', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'queued');
      const producer = await ready(client, 'queued', 2_000);
      await producer.produce(name, 0, batchOf('one'));
      const lost = proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
      const sent = proxy.requestsSeen(ApiKey.Produce);
      const [first, second] = [
        producer.produce(name, 0, batchOf('two')),
        producer.produce(name, 0, batchOf('six')),
      ].map(codeOf);
      await lost.hit;
      await proxy.refuse();
      expect(await first).toBe('KAFKA_PRODUCE_IN_DOUBT');
      expect(await second).toBe('KAFKA_TRANSACTION_STATE');
      expect(proxy.requestsSeen(ApiKey.Produce)).toBe(sent + 1);
      await proxy.accept();
      expect(await producer.recover()).toBe('recovered');
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });

    it('a batch changed on the way is refused by the broker and aborts the transaction', async () => {
      const client = await connectClient(proxy.address, prefix);
      const name = await topic(client, 'changed');
      const producer = await ready(client, 'changed');
      await producer.produce(name, 0, batchOf('bad')); // the first write is verified before its bytes are looked at
      const flip = proxy.flipByte({ apiKey: ApiKey.Produce, direction: 'request', offset: -8 });
      expect(await codeOf(producer.produce(name, 0, batchOf('bad')))).toBe('KAFKA_CORRUPT_MESSAGE');
      expect(flip.hits).toBe(1);
      await producer.abort();
      await producer.produce(name, 0, batchOf('good'));
      await producer.commit();
      expect(await readAll(client, name)).toEqual(['good']);
    });
  });
});

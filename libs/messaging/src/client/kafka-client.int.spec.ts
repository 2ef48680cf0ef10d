import { silentLogger } from '@millrace/contracts';
import { ApiKey, FaultProxy, testGround } from '@millrace/testing';
import { batchOf, closeClients, connectClient } from '../../fixtures/client';
import { KafkaClient } from './kafka-client';
import type { NewTopic } from './topic-admin';

const { kafka, prefix } = testGround();

describe('messaging/client/kafka-client', () => {
  afterEach(closeClients);

  it('tells the finalized features', async () => {
    const client = await connectClient(kafka, prefix);
    expect((await client.finalizedFeatures()).get('transaction.version')).toBeGreaterThanOrEqual(2);
  });

  it('says what to do when nobody listens', async () => {
    const refused = KafkaClient.connect({ brokers: ['127.0.0.1:1'], clientId: 'spec', prefix }, silentLogger);
    await expect(refused).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE', retriable: true });
  });

  it('refuses a broker below transaction.version 2, with the command that raises it', async () => {
    let reply = Buffer.alloc(0);
    const onResponse = (api: string, payload: Buffer) => {
      if (api === 'ApiVersions') reply = Buffer.from(payload);
    };
    await connectClient(kafka, prefix, { observer: { onResponse } });
    // The level follows the last mention of the feature's name: max i16, min i16. Frames have size and correlation id in front.
    const level = reply.lastIndexOf('transaction.version') + 'transaction.version'.length + 1;
    expect(reply[level]).toBe(2);
    const proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
    const flip = proxy.flipByte({
      apiKey: ApiKey.ApiVersions,
      direction: 'response',
      offset: 8 + level,
      mask: 0x03,
      where: ({ apiVersion }) => apiVersion === 3,
    });
    await expect(connectClient(proxy.address, prefix)).rejects.toMatchObject({
      code: 'KAFKA_TRANSACTION_VERSION_TOO_LOW',
      message: expect.stringContaining('upgrade --feature transaction.version=2'),
    });
    expect(flip.hits).toBe(1);
    await proxy.close();
  });

  describe('admin', () => {
    it('creates what does not exist, under the prefix, and lists only that', async () => {
      const client = await connectClient(kafka, `${prefix}a.`);
      const topics: NewTopic[] = [
        { name: 'one', partitions: 3, config: { 'retention.ms': '60000' } },
        { name: 'two', partitions: 1, config: {} },
      ];
      expect(await client.admin.createTopics(topics)).toEqual(['one', 'two']);
      expect(await client.admin.createTopics([...topics, { name: 'three', partitions: 1, config: {} }])).toEqual([
        'three',
      ]);
      expect(await client.admin.listTopics()).toEqual(['one', 'three', 'two']);
      expect(await client.admin.partitionsOf('one')).toEqual([0, 1, 2]);
      const outside = await connectClient(kafka, `${prefix}b.`);
      expect(await outside.admin.listTopics()).toEqual([]);
      expect(await outside.admin.partitionsOf('one')).toEqual([]);
    });

    it('survives two creators at once', async () => {
      const [a, b] = [await connectClient(kafka, `${prefix}race.`), await connectClient(kafka, `${prefix}race.`)];
      const topics = Array.from({ length: 5 }, (_, i) => ({ name: `t${i}`, partitions: 1, config: {} }));
      const created = (await Promise.all([a.admin.createTopics(topics), b.admin.createTopics(topics)])).flat();
      expect(created.sort()).toEqual(topics.map(({ name }) => name));
    });

    it('says which setting of a topic the broker refused', async () => {
      const client = await connectClient(kafka, prefix);
      const create = client.admin.createTopics([{ name: 'bad', partitions: 1, config: { 'no.such.setting': '1' } }]);
      await expect(create).rejects.toMatchObject({
        code: 'KAFKA_INVALID_CONFIG',
        message: expect.stringContaining('bad'),
      });
    });

    it('tells start, end, last stable offset and offsets for a time', async () => {
      const client = await connectClient(kafka, `${prefix}offsets.`);
      await client.admin.createTopics([{ name: 't', partitions: 2, config: {} }]);
      const before = Date.now() - 1_000;
      await client.idempotentProducer().send('t', [
        { partition: 0, key: null, value: Buffer.from('a'), timestamp: before },
        { partition: 0, key: null, value: Buffer.from('b') },
      ]);
      const producer = client.transactionalProducer('open', { scope: { partitions: [] } });
      await producer.init();
      await producer.produce('t', 0, batchOf('undecided'));
      expect(await client.admin.startOffsets('t')).toEqual(
        new Map([
          [0, 0],
          [1, 0],
        ]),
      );
      expect(await client.admin.endOffsets('t')).toEqual(
        new Map([
          [0, 2],
          [1, 0],
        ]),
      );
      expect(await client.admin.endOffsets('t', 'uncommitted')).toEqual(
        new Map([
          [0, 3],
          [1, 0],
        ]),
      );
      expect(await client.admin.offsetsForTime('t', before + 1)).toEqual(
        new Map([
          [0, 1],
          [1, 0],
        ]),
      );
      expect(await client.admin.offsetsForTime('t', Date.now() + 60_000)).toEqual(
        new Map([
          [0, 2],
          [1, 0],
        ]),
      );
      await producer.abort();
      await expect(client.admin.endOffsets('unknown')).rejects.toMatchObject({
        code: 'KAFKA_UNKNOWN_TOPIC_OR_PARTITION',
      });
    });

    it('commits offsets of a group without members, and reads them back', async () => {
      const client = await connectClient(kafka, `${prefix}groups.`);
      await client.admin.createTopics([{ name: 't', partitions: 2, config: {} }]);
      expect(await client.admin.committedOffsets('g', 't')).toEqual(
        new Map([
          [0, -1],
          [1, -1],
        ]),
      );
      await client.admin.commitOffsets('g', 't', new Map([[1, 7]]));
      expect(await client.admin.committedOffsets('g', 't')).toEqual(
        new Map([
          [0, -1],
          [1, 7],
        ]),
      );
      expect(await client.admin.listGroups()).toEqual(['g']);
      await client.admin.createTopics([{ name: 'u', partitions: 1, config: {} }]);
      await client.admin.commitOffsets('g', 'u', new Map([[0, 3]]));
      expect(await client.admin.allCommittedOffsets('g')).toEqual(
        new Map([
          ['t', new Map([[1, 7]])],
          ['u', new Map([[0, 3]])],
        ]),
      );
      expect(await client.admin.allCommittedOffsets('nobody')).toEqual(new Map());
      const ghost = client.admin.commitOffsets('g', 't', new Map([[0, 1]]), { generation: 3, memberId: 'ghost' });
      await expect(ghost).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_MEMBER_ID', retriable: false });
    });

    it('waits for a transaction that holds an offset', async () => {
      const client = await connectClient(kafka, `${prefix}stable.`);
      await client.admin.createTopics([{ name: 't', partitions: 1, config: {} }]);
      const producer = client.transactionalProducer('holder', { scope: { partitions: [] } });
      await producer.init();
      await producer.sendOffsets('g', [{ topic: 't', partition: 0, offset: 42 }], null);
      let known = false;
      const committed = client.admin.committedOffsets('g', 't').finally(() => {
        known = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(known).toBe(false);
      await producer.commit();
      expect(await committed).toEqual(new Map([[0, 42]]));
    });
  });
});

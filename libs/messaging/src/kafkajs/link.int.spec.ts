import { silentLogger } from '@millrace/contracts';
import { ApiKey, eventually, FaultProxy, testGround } from '@millrace/testing';
import { closeClients, connectClient } from '../../fixtures/client';
import { EARLIEST, listOffsets } from '../wire/list-offsets';
import type { KafkajsCluster } from './internal-shapes';
import { createKafkajs } from './internals';
import { Link, LinkSet } from './link';

const { kafka, prefix } = testGround();
const topic = `${prefix}link`;
const request = { isolation: 0 as const, topics: [{ topic, partitions: [{ partition: 0, timestamp: EARLIEST }] }] };

describe('messaging/kafkajs/link', () => {
  let proxy: FaultProxy;
  let cluster: KafkajsCluster;

  beforeAll(async () => {
    const client = await connectClient(kafka, prefix);
    await client.admin.createTopics([{ name: 'link', partitions: 1, config: {} }]);
    await closeClients();
  });
  beforeEach(async () => {
    proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
    cluster = createKafkajs({ brokers: [proxy.address], clientId: 'spec', prefix }, silentLogger).createCluster();
  });
  afterEach(() => proxy.close());

  const address = () => ({ nodeId: 1, host: proxy.host, port: proxy.port });
  const open = () => Link.open(cluster, address());

  it('answers requests in flight together each with its own response', async () => {
    const link = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => link.call(listOffsets, request, 10_000)));
    expect(answers.map(({ topics }) => topics[0].partitions[0].offset)).toEqual(Array.from({ length: 20 }, () => 0));
    link.close();
  });

  it('holds the next request back for as long as the broker asks (KIP-219)', async () => {
    const link = await open();
    // The throttle time is the first field of the body, behind size, correlation id and tags: its third byte counts 256 ms.
    proxy.flipByte({ apiKey: ApiKey.ListOffsets, direction: 'response', offset: 11, mask: 0x01 });
    expect((await link.call(listOffsets, request, 10_000)).throttleTimeMs).toBe(256);
    const startedAt = performance.now();
    await link.call(listOffsets, request, 10_000);
    expect(performance.now() - startedAt).toBeGreaterThan(240);
    link.close();
  });

  it('gives a socket up that does not answer in time, and rejects everything on it', async () => {
    const link = await open();
    proxy.blackhole();
    const pending = [link.call(listOffsets, request, 300), link.call(listOffsets, request, 60_000)];
    const codes = await Promise.all(pending.map((call) => call.catch((error) => error.code)));
    expect(codes).toEqual(['KAFKA_REQUEST_TIMED_OUT', 'KAFKA_UNREACHABLE']);
    expect(link.alive).toBe(false);
    await expect(link.call(listOffsets, request, 300)).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
    proxy.heal();
  });

  it('rejects what is in flight when the broker hangs up', async () => {
    const link = await open();
    const held = proxy.holdRequest({ apiKey: ApiKey.ListOffsets });
    const pending = link.call(listOffsets, request, 60_000);
    await held.hit;
    await proxy.cut();
    await expect(pending).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE', retriable: true });
    expect(link.alive).toBe(false);
  });

  it('refuses a frame that is announced with a negative size, and hangs up instead of looping', async () => {
    const link = await open();
    const flip = proxy.flipByte({ apiKey: ApiKey.ListOffsets, direction: 'response', offset: 0, mask: 0x80 });
    await expect(link.call(listOffsets, request, 60_000)).rejects.toMatchObject({ code: 'KAFKA_MALFORMED_RESPONSE' });
    expect(flip.hits).toBe(1);
    expect(link.alive).toBe(false);
  });

  it('arms no timer of its own while it rests', async () => {
    const link = await open();
    await link.call(listOffsets, request, 10_000);
    const { connection } = link as unknown as {
      connection: { requestQueue: { throttleCheckTimeoutId: unknown; requestTimeoutIntervalId: unknown } };
    };
    expect(connection.requestQueue.throttleCheckTimeoutId).toBeNull();
    expect(connection.requestQueue.requestTimeoutIntervalId).toBeUndefined();
    link.close();
  });

  describe('LinkSet', () => {
    it('shares one link per broker and role, and replaces one that died', async () => {
      const links = new LinkSet((to) => Link.open(cluster, to), silentLogger);
      const [a, b, other] = await Promise.all([
        links.get(address(), 'x'),
        links.get(address(), 'x'),
        links.get(address(), 'y'),
      ]);
      expect(a).toBe(b);
      expect(other).not.toBe(a);
      await proxy.cut();
      await eventually(() => expect(a.alive).toBe(false));
      const [c, d] = await Promise.all([links.get(address(), 'x'), links.get(address(), 'x')]);
      expect(c).toBe(d);
      expect(c.alive).toBe(true);
      links.close();
      await eventually(() => expect(c.alive).toBe(false));
      await expect(links.get(address(), 'x')).rejects.toThrow(/its owner was closed/);
    });

    it('says so when nobody listens, and tries again with the next call', async () => {
      const links = new LinkSet((to) => Link.open(cluster, to), silentLogger);
      await proxy.refuse();
      await expect(links.get(address(), 'x')).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
      await proxy.accept();
      expect((await links.get(address(), 'x')).alive).toBe(true);
      links.close();
    });
  });
});

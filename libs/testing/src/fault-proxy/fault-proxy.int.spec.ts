import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy';
import { ApiKey } from './kafka-frame';
import { ToyClient } from './toy-kafka';

const i16 = (n: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(n);
  return bytes;
};
const i32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
};
const str = (text: string) => Buffer.concat([i16(text.length), Buffer.from(text)]);

/** CreateTopics v2: topics [name, partitions, replication, assignments [], configs []], timeout, validate_only. */
const createTopic = (name: string) =>
  Buffer.concat([i32(1), str(name), i32(1), i16(1), i32(0), i32(0), i32(10_000), Buffer.from([0])]);
/** Metadata v6: topics [name], allow_auto_topic_creation. */
const metadataOf = (topic: string) => Buffer.concat([i32(1), str(topic), Buffer.from([0])]);
const firstBroker = (metadata: Buffer) => {
  const hostLength = metadata.readInt16BE(12);
  return `${metadata.toString('utf8', 14, 14 + hostLength)}:${metadata.readInt32BE(14 + hostLength)}`;
};
/** FindCoordinator v1: key, key type 0 = group. */
const coordinatorOf = (group: string) => Buffer.concat([str(group), Buffer.from([0])]);
const coordinatorError = (reply: Buffer) => reply.readInt16BE(4);
const firstCoordinator = (reply: Buffer) => {
  const node = 8 + Math.max(0, reply.readInt16BE(6)); // throttle, error, error message
  const hostLength = reply.readInt16BE(node + 4);
  const host = node + 6;
  return `${reply.toString('utf8', host, host + hostLength)}:${reply.readInt32BE(host + hostLength)}`;
};

describe('testing/fault-proxy/real-broker', () => {
  const broker = process.env.MILLRACE_TEST_KAFKA ?? '';
  const prefix = `faultproxy-${randomBytes(4).toString('hex')}-`;
  let proxy: FaultProxy;
  let client: ToyClient;

  const topicExists = async (name: string) => {
    const direct = await ToyClient.connect(broker);
    // Topic error follows brokers, cluster id, controller and the array's length; the name stands behind it.
    const reply = await direct.send(ApiKey.Metadata, 6, metadataOf(name));
    direct.close();
    return reply.readInt16BE(reply.indexOf(str(name)) - 2) === 0;
  };
  const eventuallyExists = async (name: string) => {
    for (let i = 0; i < 100; i++) {
      if (await topicExists(name)) return true;
      await sleep(50);
    }
    return false;
  };

  beforeEach(async () => {
    proxy = await FaultProxy.start({ target: broker, protocol: 'kafka' });
    client = await ToyClient.connect(proxy.address);
  });

  afterEach(async () => {
    client.close();
    await proxy.close();
  });

  it('shows itself as the broker and as the coordinator', async () => {
    expect(firstBroker(await client.send(ApiKey.Metadata, 6, metadataOf(`${prefix}none`)))).toBe(proxy.address);
    let reply = await client.send(ApiKey.FindCoordinator, 1, coordinatorOf(`${prefix}group`));
    for (let i = 0; i < 100 && coordinatorError(reply) !== 0; i++) {
      await sleep(50);
      reply = await client.send(ApiKey.FindCoordinator, 1, coordinatorOf(`${prefix}group`));
    }
    expect(firstCoordinator(reply)).toBe(proxy.address);
  });

  it('dropReply: the broker did the work', async () => {
    const fault = proxy.dropReply({ apiKey: ApiKey.CreateTopics, thenCut: true });
    await expect(client.send(ApiKey.CreateTopics, 2, createTopic(`${prefix}dropped`))).rejects.toThrow();
    expect(fault.hits).toBe(1);
    expect(await eventuallyExists(`${prefix}dropped`)).toBe(true);
  });

  it('holdRequest: nothing happens while held; forwarded late, after the client is gone, it does', async () => {
    const hold = proxy.holdRequest({ apiKey: ApiKey.CreateTopics });
    client.send(ApiKey.CreateTopics, 2, createTopic(`${prefix}held`));
    await hold.hit;
    client.socket.resetAndDestroy();
    await sleep(50);
    expect(await topicExists(`${prefix}held`)).toBe(false);
    hold.release();
    expect(await eventuallyExists(`${prefix}held`)).toBe(true);
  });
});

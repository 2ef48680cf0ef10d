import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, FaultProxy, type TestGround, testGround } from '@millrace/testing';
import { batchOf, closeClients, connectClient } from '../../fixtures/client';
import type { KafkaClient } from '../client/kafka-client';
import type { Membership, MembershipOptions, MemberToken } from './membership';

const PARTITIONS = 4;
const [JOIN_GROUP, HEARTBEAT, SYNC_GROUP] = [11, 12, 14] as const;
const UNKNOWN_MEMBER_ID = 25;
/** In a reply's frame: the low byte, after size, correlation id and throttle time. */
const ERROR_CODE_AT = 13;
const members: Membership[] = [];
afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.stop()));
  await closeClients();
});

/** A member of group `g`, and what it was told. */
function member(client: KafkaClient, change: Partial<MembershipOptions> = {}) {
  const told = { owned: null as readonly number[] | null, tokens: [] as MemberToken[], troubles: [] as Error[] };
  const membership = client.consumerMembership({
    group: 'g',
    topics: ['t'],
    heartbeatMs: 300,
    onAssigned: (partitions, token) => {
      told.owned = partitions.map(({ partition }) => partition).sort();
      told.tokens.push(token);
    },
    onRevoked: async () => {
      told.owned = null;
    },
    onTrouble: (error) => told.troubles.push(error),
    ...change,
  });
  members.push(membership);
  return { membership, told };
}

async function clientWithTopic({ kafka, prefix }: TestGround): Promise<KafkaClient> {
  const client = await connectClient(kafka, prefix);
  await client.admin.createTopics([{ name: 't', partitions: PARTITIONS, config: {} }]);
  return client;
}

/** A started member that reaches the broker through a proxy. */
async function memberThroughProxy(change: Partial<MembershipOptions> = {}) {
  const ground = testGround();
  await clientWithTopic(ground);
  const proxy = await FaultProxy.start({ target: ground.kafka, protocol: 'kafka' });
  const client = await connectClient(proxy.address, ground.prefix);
  const one = member(client, change);
  await one.membership.start();
  const close = async () => {
    await one.membership.stop();
    await client.close();
    await proxy.close();
  };
  return { ...one, proxy, close };
}

describe('messaging > ClassicMembership', () => {
  it('gives a lone member everything, shares with a second one, and gives back when that one leaves', async () => {
    const client = await clientWithTopic(testGround());
    const one = member(client);
    await one.membership.start();
    // The first group of a broker may find its coordinator loading.
    await eventually(() => expect(one.told.owned).toEqual([0, 1, 2, 3]));
    const two = member(client);
    await two.membership.start();
    await eventually(() => {
      expect(one.told.owned).toHaveLength(2);
      expect([...one.told.owned!, ...two.told.owned!].sort()).toEqual([0, 1, 2, 3]);
    });
    const began = performance.now();
    await two.membership.stop();
    await eventually(() => expect(one.told.owned).toHaveLength(4));
    // It left: nobody waited for its session to time out.
    expect(performance.now() - began).toBeLessThan(5_500);
  });

  it('lets the group wait until a drain has ended, longer than the session timeout', async () => {
    const client = await clientWithTopic(testGround());
    let drained = 0;
    const slow = member(client, {
      sessionTimeoutMs: 6_000,
      onRevoked: async () => {
        await sleep(7_500);
        drained = performance.now();
      },
    });
    await slow.membership.start();
    let assigned = 0;
    const second = member(client, {
      onAssigned: () => {
        assigned = performance.now();
      },
    });
    await second.membership.start();
    expect(drained).toBeGreaterThan(0);
    expect(assigned).toBeGreaterThan(drained);
    await eventually(() => expect(slow.told.tokens).toHaveLength(2));
    const [before, after] = slow.told.tokens;
    // The same member in the next generation: it was never counted as dead.
    expect(after).toEqual({ memberId: before!.memberId, generation: before!.generation + 1 });
    expect(slow.told.troubles).toEqual([]);
  });

  it('has its token taken by the broker in its generation only, in transactions and outside of them', async () => {
    const client = await clientWithTopic(testGround());
    await client.admin.createTopics([{ name: 'out', partitions: 1, config: {} }]);
    const one = member(client);
    await one.membership.start();
    const stale = one.membership.token()!;
    const two = member(client);
    await two.membership.start();
    await eventually(() => expect(one.told.tokens).toHaveLength(2));
    const current = one.membership.token()!;
    const ghost = { ...current, memberId: 'nobody' };
    const producer = client.transactionalProducer('x', { scope: { partitions: [] } });
    await producer.init();
    const offsets = [{ topic: 't', partition: 0, offset: 7 }];
    const inTransaction = async (token: MemberToken) => {
      await producer.produce('out', 0, batchOf('x'));
      try {
        await producer.sendOffsets('g', offsets, token);
        await producer.commit();
      } catch (error) {
        await producer.abort();
        throw error;
      }
    };
    const outside = (token: MemberToken) => client.admin.commitOffsets('g', 't', new Map([[0, 8]]), token);
    for (const commit of [inTransaction, outside]) {
      await expect(commit(stale)).rejects.toMatchObject({ code: 'KAFKA_ILLEGAL_GENERATION' });
      await expect(commit(ghost)).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_MEMBER_ID' });
    }
    expect((await client.admin.committedOffsets('g', 't')).get(0)).toBe(-1);
    await inTransaction(current);
    expect((await client.admin.committedOffsets('g', 't')).get(0)).toBe(7);
    await outside(current);
    expect((await client.admin.committedOffsets('g', 't')).get(0)).toBe(8);
  });

  it('joins again after the broker was away, having given up what it owned', async () => {
    const { membership, told, proxy, close } = await memberThroughProxy();
    const before = membership.token()!;
    await proxy.refuse();
    await proxy.cut();
    await eventually(() => expect(told.troubles.length).toBeGreaterThan(0), { timeoutMs: 60_000 });
    expect(told.owned).toBeNull();
    expect(membership.token()).toBeNull();
    await proxy.accept();
    await eventually(() => expect(told.owned).toHaveLength(PARTITIONS), { timeoutMs: 60_000 });
    expect(membership.token()!.generation).toBeGreaterThan(before.generation);
    await close();
  });

  it.each([
    // Left to itself, kafkajs is then a member without an id, which sends no heartbeat;
    ['join', JOIN_GROUP],
    // and here one that the broker takes for healthy.
    ['sync', SYNC_GROUP],
  ])('joins anew after the reply to a %s was lost, instead of owning nothing for ever', async (_, apiKey) => {
    const { told, proxy, close } = await memberThroughProxy();
    const lost = proxy.dropReply({ apiKey, thenCut: true });
    // As a coordinator says that has lost the group, or is another one.
    proxy.flipByte({ apiKey: HEARTBEAT, direction: 'response', offset: ERROR_CODE_AT, mask: UNKNOWN_MEMBER_ID });
    await lost.hit;
    await eventually(() => expect(told.troubles).toHaveLength(1), { timeoutMs: 60_000 });
    await eventually(() => expect(told.owned).toHaveLength(PARTITIONS), { timeoutMs: 60_000 });
    await close();
  });

  it('joins anew when a join comes to no end', async () => {
    const { told, proxy, close } = await memberThroughProxy({ rebalanceTimeoutMs: 1_000 });
    const held = proxy.holdRequest({ apiKey: SYNC_GROUP });
    proxy.flipByte({ apiKey: HEARTBEAT, direction: 'response', offset: ERROR_CODE_AT, mask: UNKNOWN_MEMBER_ID });
    await held.hit;
    await eventually(() => expect(told.troubles).toHaveLength(1), { timeoutMs: 60_000 });
    expect(told.troubles[0]?.message).toContain('came to no end within 11 s');
    held.discard();
    await eventually(() => expect(told.owned).toHaveLength(PARTITIONS), { timeoutMs: 60_000 });
    await close();
  });

  it('waits for a topic that does not exist yet', async () => {
    const ground = testGround();
    const client = await connectClient(ground.kafka, ground.prefix);
    const { membership, told } = member(client);
    await membership.start();
    expect(told.troubles).toHaveLength(1);
    await client.admin.createTopics([{ name: 't', partitions: PARTITIONS, config: {} }]);
    await eventually(() => expect(told.owned).toHaveLength(PARTITIONS), { timeoutMs: 30_000 });
  });

  it('deals out partitions that were added to a topic', async () => {
    const ground = testGround();
    const client = await clientWithTopic(ground);
    const { membership, told } = member(client, { metadataMaxAgeMs: 1_000 });
    await membership.start();
    const admin = client.kafkajs.kafka.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: client.prefixed('t'), count: 6 }] });
    await admin.disconnect();
    await eventually(() => expect(told.owned).toEqual([0, 1, 2, 3, 4, 5]), { timeoutMs: 30_000 });
  });

  it('stops at once while the broker is away', async () => {
    const { membership, told, proxy, close } = await memberThroughProxy();
    await proxy.refuse();
    await proxy.cut();
    await membership.stop();
    expect(told.owned).toBeNull();
    await close();
  });
});

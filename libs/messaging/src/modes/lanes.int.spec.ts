import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError, silentLogger } from '@millrace/contracts';
import { ApiKey, eventually, FaultProxy, seededRandom, testGround } from '@millrace/testing';
import { batchOf, closeClients, readAll } from '../../fixtures/client';
import { copied, copy, fill, hostOf, inOrder, laneClient, PARTITIONS, untilCopied } from '../../fixtures/lanes';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import type { KafkaClient } from './kafka-ports';
import type { LaneHost, LaneHostOptions } from './lane-host';
import { MessagingEvents } from './messaging-events';
import { PartitionLane, type PartitionLaneOptions } from './partition-lane';

const hosts: LaneHost[] = [];
const proxies: FaultProxy[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  await closeClients();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

function host(client: KafkaClient, change: Partial<LaneHostOptions> = {}): LaneHost {
  const made = hostOf(client, change);
  hosts.push(made);
  return made;
}

async function proxyTo(kafka: string): Promise<FaultProxy> {
  const proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
  proxies.push(proxy);
  return proxy;
}

function lane(client: KafkaClient, change: Partial<PartitionLaneOptions> = {}): PartitionLane {
  const made = new PartitionLane({
    client,
    group: 'copy',
    topic: 'in',
    partition: 0,
    processor: copy(0),
    outputs: ['out'],
    limits: { maxRecords: 25, maxBytes: 1_048_576 },
    token: () => null,
    watchdog: new ProgressWatchdog(Date.now),
    lifecycle: new MessagingEvents(),
    onTrouble: () => {},
    now: Date.now,
    logger: silentLogger,
    ...change,
  });
  made.start();
  return made;
}

/** Copies, and takes some time for each batch. */
const slowly = (ms: number): Partial<LaneHostOptions> => ({
  processor: (partition) => ({
    process: async (batch, out) => {
      await copy(partition).process(batch, out);
      await sleep(ms);
    },
  }),
});

/** Resolves the first time that it holds. */
const onceTrue = (holds: () => boolean) => eventually(() => expect(holds()).toBe(true), { timeoutMs: 60_000 });

describe('messaging > lanes', () => {
  it('answers every record once and in order, and is at the end of its input when it rests', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    const sizes: number[] = [];
    const lifecycle = new MessagingEvents();
    lifecycle.on('transaction', ({ records }) => sizes.push(records));
    const copying = host(client, { lifecycle });
    await fill(client, 60);
    await copying.start();
    await untilCopied(client, 60);
    await fill(client, 61, 60);
    await untilCopied(client, 61);
    expect(await copied(client)).toEqual(inOrder(61));
    expect(Math.max(...sizes)).toBe(25);
    expect(copying.lanes()).toHaveLength(PARTITIONS);
    for (const state of copying.lanes()) expect(state).toMatchObject({ status: 'running', position: 61, lag: 0 });
    expect(await client.admin.committedOffsets('copy', 'in')).toEqual(
      new Map([
        [0, 61],
        [1, 61],
      ]),
    );
  });

  it('writes several batches in one transaction when the output is larger than a broker takes at once', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 5);
    const blown = host(client, {
      processor: (partition) => ({
        process: async ({ records }, out) => {
          while (records.next()) out.produce('out', partition, null, Buffer.alloc(400_000, records.record().value!));
        },
      }),
    });
    await blown.start();
    await eventually(async () => expect((await copied(client)).map((one) => one.length)).toEqual([5, 5]), {
      timeoutMs: 30_000,
    });
    expect((await readAll(client, 'out', 0)).map((value) => value.slice(0, 1))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('commits its position past markers and aborted records when nothing follows', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    const producer = client.transactionalProducer('outsider', { scope: { partitions: [] } });
    await producer.init();
    await producer.produce('in', 0, batchOf('kept'));
    await producer.commit();
    await producer.produce('in', 0, batchOf('aborted'));
    await producer.abort();
    await host(client).start();
    await eventually(async () => expect((await client.admin.committedOffsets('copy', 'in')).get(0)).toBe(4), {
      timeoutMs: 30_000,
    });
    expect(await readAll(client, 'out', 0)).toEqual(['kept']);
  });
});

describe('messaging > lanes > processors', () => {
  it('waits for infrastructure, says so, and works on the same records when it is back', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    let away = true;
    const troubles: (string | null)[] = [];
    const waiting = host(client, {
      processor: (partition) => ({
        process: async (batch, out) => {
          await copy(partition).process(batch, out);
          if (away) throw new InfrastructureError({ code: 'STORE_AWAY', message: 'the store is away' });
        },
      }),
      onTrouble: (error) => troubles.push(error?.message ?? null),
    });
    await fill(client, 30);
    await waiting.start();
    await onceTrue(() => waiting.lanes().every(({ status }) => status === 'waiting'));
    expect(waiting.lanes()[0]!.reason).toContain('STORE_AWAY');
    await sleep(500);
    away = false;
    await untilCopied(client, 30);
    expect(await copied(client)).toEqual(inOrder(30));
    expect(troubles.at(-1)).toBeNull();
  });

  it('stops after five errors in a row of another kind, reports, and has written nothing', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    let calls = 0;
    const buggy = host(client, {
      processor: (partition) => ({
        process: async (batch, out) => {
          await copy(partition).process(batch, out);
          if (partition === 0) calls++;
          throw new Error('a bug');
        },
      }),
    });
    await fill(client, 30);
    await buggy.start();
    await onceTrue(() => buggy.lanes().every(({ status }) => status === 'stopped'));
    expect(calls).toBe(5);
    expect(buggy.trouble()).toContain('a bug');
    expect(await copied(client)).toEqual([[], []]);
  });

  it('does not pass over records that a processor left unread', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    const lazy = host(client, { processor: () => ({ process: async ({ records }) => void records.next() }) });
    await fill(client, 3);
    await lazy.start();
    await onceTrue(() => lazy.trouble()?.includes('LANE_RECORDS_LEFT') ?? false);
    expect((await client.admin.committedOffsets('copy', 'in')).get(0)).toBe(-1);
  });
});

describe('messaging > lanes > offsets', () => {
  it('stops and says so when the offset is gone but the output is not', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 10);
    const producer = client.transactionalProducer('somebody-else', { scope: { partitions: [] } });
    await producer.init();
    await producer.produce('out', 0, batchOf('x'));
    await producer.commit();
    const lost = host(client, { refuseWithoutOffsetWhenNotEmpty: 'out' });
    await lost.start();
    await onceTrue(() => lost.trouble()?.includes('OFFSET_LOST') ?? false);
    expect(await readAll(client, 'out', 0)).toEqual(['x']);
  });

  it('does not take what was aborted for an answer', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 10);
    const producer = client.transactionalProducer('somebody-else', { scope: { partitions: [] } });
    await producer.init();
    for (const partition of [0, 1]) await producer.produce('out', partition, batchOf('x'));
    await producer.abort();
    await host(client, { refuseWithoutOffsetWhenNotEmpty: 'out' }).start();
    await untilCopied(client, 10);
    expect(await copied(client)).toEqual(inOrder(10));
  });

  it('stops and names the range when its offset is not on the log, never jumping', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 10);
    await client.admin.commitOffsets('copy', 'in', new Map([[0, 99]]));
    const astray = host(client);
    await astray.start();
    await onceTrue(() => astray.trouble()?.includes('OFFSET_OUT_OF_RANGE') ?? false);
    expect(astray.trouble()).toMatch(/99 .*0 to 10/);
    await eventually(async () => expect((await copied(client))[1]).toHaveLength(10), { timeoutMs: 30_000 });
    expect(await readAll(client, 'out', 0)).toEqual([]);
  });
});

describe('messaging > lanes > owners', () => {
  it('hands partitions over to a second member and back, every record once', async () => {
    const { kafka, prefix } = testGround();
    const [one, two] = [await laneClient(kafka, prefix), await laneClient(kafka, prefix)];
    const first = host(one, slowly(5));
    await first.start();
    await fill(one, 1_500);
    await eventually(async () => expect((await copied(one)).flat().length).toBeGreaterThan(0), { timeoutMs: 30_000 });
    const second = host(two, slowly(5));
    await second.start();
    await onceTrue(() => second.lanes().length === 1 && first.lanes().length === 1);
    await second.stop();
    await untilCopied(one, 1_500);
    expect(await copied(one)).toEqual(inOrder(1_500));
  });

  it('two lanes that fight for one transactional id: every record once and in order', async () => {
    const { kafka, prefix } = testGround();
    const clients = [await laneClient(kafka, prefix), await laneClient(kafka, prefix)];
    const records = 4_000;
    await fill(clients[0]!, records);
    const random = seededRandom(11);
    let fighting = true;
    const change: Partial<PartitionLaneOptions> = {
      limits: { maxRecords: 10, maxBytes: 1_048_576 },
      processor: {
        process: async (batch, out) => {
          await copy(0).process(batch, out);
          if (fighting) await sleep(random() * 20);
        },
      },
    };
    const lanes = clients.map((client) => lane(client, change));
    const deadline = performance.now() + 60_000;
    let takeovers = 0;
    const over = () => takeovers === 30 || performance.now() > deadline;
    while (!over() && lanes.every((one) => one.state().position < records)) {
      await sleep(random() * 60);
      for (const [index, client] of clients.entries()) {
        if (lanes[index]!.state().status !== 'stopped') continue;
        expect(lanes[index]!.state().reason).toContain('another owner');
        await lanes[index]!.stop();
        lanes[index] = lane(client, change);
        takeovers++;
      }
    }
    expect(takeovers).toBeGreaterThanOrEqual(10);
    fighting = false;
    await eventually(() => expect(Math.max(...lanes.map((one) => one.state().position))).toBe(records), {
      timeoutMs: 60_000,
    });
    await Promise.all(lanes.map((one) => one.stop()));
    expect(await readAll(clients[0]!, 'out', 0)).toEqual(inOrder(records)[0]);
    expect((await clients[0]!.admin.committedOffsets('copy', 'in')).get(0)).toBe(records);
  });

  it('gives a partition up to who took its id, and takes it back when the group still leaves it here', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 10);
    const troubles: (string | undefined)[] = [];
    const onTrouble = (error: Error | null) => troubles.push(error?.message);
    const fenced = host(client, { takeBackAfterMs: 400, onTrouble });
    await fenced.start();
    await untilCopied(client, 10);
    const zombie = client.transactionalProducer('in.0.0', { scope: { partitions: [] } });
    await zombie.init();
    await fill(client, 20, 10);
    await onceTrue(() => troubles.some((trouble) => trouble?.includes('another owner')));
    await untilCopied(client, 20);
    expect(await copied(client)).toEqual(inOrder(20));
    expect(fenced.trouble()).toBeNull();
  });

  it('writes nothing with a token of an earlier generation, and waits for its next assignment', async () => {
    const { kafka, prefix } = testGround();
    const client = await laneClient(kafka, prefix);
    await fill(client, 10);
    const options = {
      group: 'copy',
      topics: ['in'],
      onAssigned: () => {},
      onRevoked: async () => {},
      onTrouble: () => {},
    };
    const member = client.consumerMembership(options);
    await member.start();
    const { memberId, generation } = member.token()!;
    const zombie = lane(client, { token: () => ({ memberId, generation: generation - 1 }) });
    await onceTrue(() => zombie.state().status === 'stopped');
    expect(zombie.state().reason).toContain('new generation');
    await zombie.stop();
    expect(await readAll(client, 'out', 0)).toEqual([]);
    const rightful = lane(client, { token: () => member.token() });
    await onceTrue(() => rightful.state().position === 10);
    await rightful.stop();
    await member.stop();
    expect(await readAll(client, 'out', 0)).toEqual(inOrder(10)[0]);
  });
});

describe('messaging > lanes > network', () => {
  it('goes on after its connections were cut again and again', async () => {
    const { kafka, prefix } = testGround();
    const direct = await laneClient(kafka, prefix);
    await fill(direct, 2_000);
    const proxy = await proxyTo(kafka);
    const copying = host(await laneClient(proxy.address, prefix), slowly(3));
    await copying.start();
    const random = seededRandom(5);
    const behind = () => copying.lanes().length === 0 || copying.lanes().some(({ position }) => position < 2_000);
    let connections = 0;
    for (let cuts = 0; cuts < 60 && behind(); cuts++) {
      await sleep(30 + random() * 150);
      connections += await proxy.cut();
    }
    await untilCopied(direct, 2_000);
    expect(await copied(direct)).toEqual(inOrder(2_000));
    expect(connections).toBeGreaterThan(10);
  });

  it.each([
    ['EndTxn', ApiKey.EndTxn],
    ['TxnOffsetCommit', ApiKey.TxnOffsetCommit],
    ['Produce', ApiKey.Produce],
  ])('answers once although a reply to %s is lost', async (_, apiKey) => {
    const { kafka, prefix } = testGround();
    const direct = await laneClient(kafka, prefix);
    await fill(direct, 200);
    const proxy = await proxyTo(kafka);
    const copying = host(await laneClient(proxy.address, prefix));
    const lost = proxy.dropReply({ apiKey, nth: 3, thenCut: true });
    await copying.start();
    await lost.hit;
    await untilCopied(direct, 200);
    expect(await copied(direct)).toEqual(inOrder(200));
  });

  it('answers once although the broker timed its transaction out before the offsets came', async () => {
    const { kafka, prefix } = testGround();
    const direct = await laneClient(kafka, prefix);
    await fill(direct, 10);
    const proxy = await proxyTo(kafka);
    const client = await laneClient(proxy.address, prefix);
    const recoveries: string[] = [];
    const lifecycle = new MessagingEvents();
    lifecycle.on('laneRecovery', ({ code }) => recoveries.push(code));
    const held = proxy.holdRequest({ apiKey: ApiKey.TxnOffsetCommit });
    const copying = host(client, { lifecycle, transactionTimeoutMs: 1_500 });
    await copying.start();
    await held.hit;
    // The broker looks for transactions that ran out of time every 10 s; the last stable offset passes the aborted records then.
    await eventually(
      async () => {
        const stable = await direct.admin.endOffsets('out', 'committed');
        const written = await direct.admin.endOffsets('out', 'uncommitted');
        expect(stable).toEqual(written);
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
    held.release();
    await untilCopied(direct, 10);
    expect(await copied(direct)).toEqual(inOrder(10));
    expect(recoveries).toContain('KAFKA_INVALID_PRODUCER_EPOCH');
  });

  it('waits while the broker is away, says so, and goes on', async () => {
    const { kafka, prefix } = testGround();
    const direct = await laneClient(kafka, prefix);
    const proxy = await proxyTo(kafka);
    const troubles: (Error | null)[] = [];
    const copying = host(await laneClient(proxy.address, prefix), { onTrouble: (error) => troubles.push(error) });
    await fill(direct, 20);
    await copying.start();
    await untilCopied(direct, 20);
    await proxy.refuse();
    await proxy.cut();
    await fill(direct, 40, 20);
    await onceTrue(() => troubles.at(-1) instanceof Error);
    await proxy.accept();
    await untilCopied(direct, 40);
    expect(await copied(direct)).toEqual(inOrder(40));
    await onceTrue(() => troubles.at(-1) === null);
  });

  it('stops within its limit although the broker has gone in the middle of a transaction', async () => {
    const { kafka, prefix } = testGround();
    const direct = await laneClient(kafka, prefix);
    await fill(direct, 30);
    const proxy = await proxyTo(kafka);
    const copying = host(await laneClient(proxy.address, prefix));
    const held = proxy.holdRequest({ apiKey: ApiKey.EndTxn });
    await copying.start();
    await held.hit;
    await proxy.refuse();
    await proxy.cut();
    const began = performance.now();
    await copying.stop();
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(copying.lanes()).toEqual([]);
    held.discard();
    // Its heir aborts what was left open, and every record is answered once.
    await host(direct).start();
    await untilCopied(direct, 30);
    expect(await copied(direct)).toEqual(inOrder(30));
  });
});

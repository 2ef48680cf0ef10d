import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka } from '../../../../infra/kafka/kafka.cjs';
import { batchOf, closeClients, connectClient, readAll, settledEnd } from '../../fixtures/client';
import type { ClientContext } from '../client/client-context';
import type { KafkaClient } from '../client/kafka-client';
import type { Link } from '../kafkajs/link';
import { sealBatch } from '../records/record-batch-writer';
import { encodeProduceFrame, produceApi } from '../wire/produce';
import { txnOffsetCommit } from '../wire/txn-offset-commit';
import type { WireWriter } from '../wire/wire-writer';
import { offsetNote } from './offset-note';
import type { TransactionalProducer } from './transactional-producer';

const INPUT = 'in';
const OUTPUTS = ['out', 'dead'];
const GROUP = 'lane';
const NOBODY = { producerId: -1n, producerEpoch: -1 };

interface Lane {
  readonly producer: TransactionalProducer;
  readonly identity: typeof NOBODY;
  readonly input: string;
  readonly out: string;
  readonly dead: string;
  readonly group: string;
}

/**
 * A broker of its own, told not to verify writes: then the versions before transaction version 2 put records and offsets
 * into the log that the coordinator knows nothing of, which is how a transaction looks whose markers were lost.
 */
describe('messaging/transaction/hanging-transactions', () => {
  jest.setTimeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'millrace-hanging-'));
  let broker: Awaited<ReturnType<typeof startKafka>> | undefined;
  let client: KafkaClient;
  let link: Link | undefined;
  let context: ClientContext;

  beforeAll(async () => {
    broker = await startKafka({ dataDir: path.join(folder, 'kafka'), logFile: path.join(folder, 'kafka.log') });
    client = await connectClient(broker.brokers, '');
    context = (client as unknown as { context: ClientContext }).context;
    const admin = client.kafkajs.kafka.admin();
    await admin.connect();
    const entry = { name: 'transaction.partition.verification.enable', value: 'false' };
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 4, name: '1', configEntries: [entry] }] });
    await admin.disconnect();
    link = await context.openLink((await context.map.brokers())[0]!);
  });

  afterAll(async () => {
    link?.close();
    await closeClients();
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One lane's producer on topics of its own, after a transaction that committed the record `first` and offset 1. */
  async function lane(name: string): Promise<Lane> {
    const topics = [INPUT, ...OUTPUTS].map((topic) => `${name}.${topic}`);
    await client.admin.createTopics(topics.map((topic) => ({ name: topic, partitions: 1, config: {} })));
    const [input, out, dead] = topics as [string, string, string];
    const group = `${name}.${GROUP}`;
    const scope = {
      partitions: [out, dead].map((topic) => ({ topic, partition: 0 })),
      offset: { group, topic: input, partition: 0 },
    };
    const producer = client.transactionalProducer(`${name}.id`, { scope });
    await producer.init();
    await producer.produce(out, 0, batchOf('first'));
    await producer.sendOffsets(group, [{ topic: input, partition: 0, offset: 1 }], null);
    await producer.commit();
    const made = { producer, identity: NOBODY, input, out, dead, group };
    return { ...made, identity: await nextIdentity(made) };
  }

  /** What the next transaction would be written with, once the markers of the last one are in the log. */
  async function nextIdentity({ producer, input, out, group }: Omit<Lane, 'identity'>): Promise<typeof NOBODY> {
    await settledEnd(client, out);
    await client.admin.committedOffset(group, input, 0);
    return { ...(producer as unknown as { identity: typeof NOBODY }).identity };
  }

  /** Produce v11: no part of any transaction that the coordinator has. */
  async function unverifiedRecords({ producer, identity }: Lane, topic: string, value: string): Promise<void> {
    const batch = batchOf(value);
    sealBatch(batch, { ...identity, baseSequence: 0, transactional: true });
    const request = { transactionalId: producer.transactionalId, timeoutMs: 10_000, topic, partition: 0, batch };
    const header = 4 + 2 + 2 + 4 + 2 + client.settings.clientId.length + 1;
    const body = Buffer.from(encodeProduceFrame(request, 0, client.settings.clientId)).subarray(header);
    const raw = {
      ...produceApi,
      version: 11,
      encode: (writer: WireWriter) => {
        for (const byte of body) writer.i8((byte << 24) >> 24);
      },
    };
    const { topics } = await link!.call(raw as never as typeof produceApi, request as never, 10_000);
    expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
  }

  /** TxnOffsetCommit v4, the same way. */
  async function unverifiedOffset({ producer, identity, group, input }: Lane, offset: number): Promise<void> {
    const partitions = [{ partition: 0, offset, metadata: offsetNote(identity) }];
    const request = {
      transactionalId: producer.transactionalId,
      group,
      ...identity,
      generation: -1,
      memberId: '',
      topics: [{ topic: input, partitions }],
    };
    const { topics } = await link!.call({ ...txnOffsetCommit, version: 4 }, request, 10_000);
    expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
  }

  async function afterRecovery({ producer, out, dead, group, input }: Lane) {
    expect(await producer.recover()).toBe('recovered');
    return {
      ended: producer.counts.hangingEnded,
      out: await readAll(client, out),
      dead: await readAll(client, dead),
      offset: await client.admin.committedOffset(group, input, 0),
    };
  }

  /** What the next transaction of a lane does, on top of what was found. */
  async function writeNext({ out, group, input, producer }: Lane): Promise<void> {
    await producer.produce(out, 0, batchOf('next'));
    await producer.sendOffsets(group, [{ topic: input, partition: 0, offset: 9 }], null);
    await producer.commit();
  }

  it('finds nothing after ordinary transactions', async () => {
    const one = await lane('clean');
    expect(await afterRecovery(one)).toEqual({ ended: 0, out: ['first'], dead: [], offset: 1 });
  });

  it('an abort that only the coordinator knew: the records never appear, also not with the next commit', async () => {
    const one = await lane('aborted');
    await unverifiedRecords(one, one.out, 'lost');
    expect(await afterRecovery(one)).toEqual({ ended: 1, out: ['first'], dead: [], offset: 1 });
    await writeNext(one);
    expect(await readAll(client, one.out)).toEqual(['first', 'next']);
  });

  it('records and offset without any marker: both are taken back', async () => {
    const one = await lane('unmarked');
    await unverifiedRecords(one, one.out, 'lost');
    await unverifiedOffset(one, 2);
    expect(await afterRecovery(one)).toEqual({ ended: 1, out: ['first'], dead: [], offset: 1 });
  });

  it('a commit that reached one partition and the offset: the other partition follows', async () => {
    const one = await lane('half');
    await unverifiedRecords(one, one.dead, 'buried');
    const { producer, out, group, input } = one;
    await producer.produce(out, 0, batchOf('second'));
    await producer.sendOffsets(group, [{ topic: input, partition: 0, offset: 2 }], null);
    await producer.commit();
    expect(await afterRecovery(one)).toEqual({ ended: 1, out: ['first', 'second'], dead: ['buried'], offset: 2 });
  });

  it('a commit that did not reach the offset: the offset follows', async () => {
    const one = await lane('no-offset');
    const { producer, out } = one;
    // Committed with its own transaction, the offset beside it hangs.
    await producer.produce(out, 0, batchOf('second'));
    await producer.commit();
    await unverifiedOffset({ ...one, identity: await nextIdentity(one) }, 2);
    expect(await afterRecovery(one)).toEqual({ ended: 1, out: ['first', 'second'], dead: [], offset: 2 });
  });

  it('several transactions of which only the first was committed: nothing is guessed', async () => {
    const one = await lane('mixed');
    await unverifiedRecords(one, one.dead, 'buried');
    const { producer, input, group } = one;
    await producer.sendOffsets(group, [{ topic: input, partition: 0, offset: 2 }], null);
    await producer.commit();
    await unverifiedRecords({ ...one, identity: await nextIdentity(one) }, one.dead, 'undecided');
    await expect(producer.recover()).rejects.toMatchObject({ code: 'KAFKA_HANGING_TRANSACTION', retriable: false });
    expect(producer.state).toBe('broken');
  });
});

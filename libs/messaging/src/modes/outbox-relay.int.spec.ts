import { silentLogger } from '@millrace/contracts';
import { DatabaseListener, Outbox, type OutboxRow, RelayLock } from '@millrace/persistence';
import { ApiKey, eventually, FaultProxy, testGround, withTestSchema } from '@millrace/testing';
import { closeClients, connectClient, readAll } from '../../fixtures/client';
import type { KafkaClient } from './kafka-ports';
import { MessagingEvents } from './messaging-events';
import { OutboxRelay } from './outbox-relay';

const row = (topic: string, key: string, value: string | Buffer): OutboxRow => ({
  eventId: `${topic}/${key}/${value.toString().slice(0, 40)}`,
  topic,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: [['ce_id', 'x']],
});

describe('messaging > OutboxRelay', () => {
  const { kafka, prefix } = testGround();
  const schema = withTestSchema();
  const troubles: (string | null)[] = [];
  let proxy: FaultProxy;
  let client: KafkaClient;
  let outbox: Outbox;
  let listener: DatabaseListener;
  const relays: OutboxRelay[] = [];

  /** Topics of their own for each test: `facts` as usual, `small` for records of at most 1 KiB. */
  beforeAll(async () => {
    proxy = await FaultProxy.start({ target: kafka, protocol: 'kafka' });
    client = await connectClient(proxy.address, prefix);
    await client.admin.createTopics([
      { name: 'facts', partitions: 1, config: {} },
      { name: 'lossy', partitions: 1, config: {} },
      { name: 'handed-over', partitions: 1, config: {} },
      { name: 'small', partitions: 1, config: { 'max.message.bytes': '1024' } },
    ]);
    outbox = new Outbox(schema.unitOfWork, schema.settings.schema);
    listener = new DatabaseListener(schema.settings, silentLogger);
  });
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.stop();
  });
  afterAll(async () => {
    await listener.close();
    await closeClients();
    await proxy.close();
  });

  function relay(): OutboxRelay {
    const made = new OutboxRelay({
      outbox,
      lock: new RelayLock(schema.settings, 'relay', silentLogger, { retryMs: 50 }),
      listener,
      producer: client.idempotentProducer(),
      onTrouble: (error) => troubles.push((error as { code?: string } | null)?.code ?? null),
      lifecycle: new MessagingEvents(),
      logger: silentLogger,
    });
    relays.push(made);
    made.start();
    return made;
  }
  const add = (...rows: OutboxRow[]) => schema.unitOfWork.run(() => outbox.add(rows));
  const empty = () => eventually(async () => expect((await outbox.pending()).rows).toBe(0), { timeoutMs: 30_000 });
  const direct = () => connectClient(kafka, prefix);

  it('publishes what was added before it started and what comes, woken by the database, in order', async () => {
    await add(row('facts', 'k', '1'), row('facts', 'k', '2'));
    relay();
    await empty();
    const began = performance.now();
    await add(row('facts', 'k', '3'));
    await empty();
    // Far below the poll of 5 s: the notification did it.
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await readAll(await direct(), 'facts')).toEqual(['1', '2', '3']);
  });

  it('publishes each row once although replies are lost on the way', async () => {
    relay();
    await add(row('lossy', 'k', '0'));
    await empty();
    const lost = proxy.dropReply({ apiKey: ApiKey.Produce, thenCut: true });
    for (let n = 1; n <= 20; n++) await add(row('lossy', 'k', String(n)));
    await lost.hit;
    await empty();
    expect(await readAll(await direct(), 'lossy')).toEqual(Array.from({ length: 21 }, (_, n) => String(n)));
  });

  it('holds back the key of a row that the broker refuses, and only that', async () => {
    relay();
    const huge = 'x'.repeat(5_000);
    await add(row('small', 'a', '1'), row('small', 'a', huge), row('small', 'a', '2'), row('small', 'b', '1'));
    await eventually(async () => expect((await outbox.pending()).rows).toBe(2), { timeoutMs: 30_000 });
    await eventually(() => expect(troubles.at(-1)).toBe('OUTBOX_ROW_REFUSED'));
    const began = performance.now();
    await add(row('small', 'b', '2'));
    await eventually(async () => expect((await outbox.pending()).rows).toBe(2));
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await readAll(await direct(), 'small')).toEqual(['1', '1', '2']);
    await schema.dataSource.query('DELETE FROM outbox');
  });

  it('hands over: the second relay publishes when the first has gone, and nothing comes twice', async () => {
    const first = relay();
    await add(row('handed-over', 'k', '1'));
    await empty();
    relay();
    await add(row('handed-over', 'k', '2'));
    await empty();
    await first.stop();
    await add(row('handed-over', 'k', '3'));
    await empty();
    expect(await readAll(await direct(), 'handed-over')).toEqual(['1', '2', '3']);
  });
});

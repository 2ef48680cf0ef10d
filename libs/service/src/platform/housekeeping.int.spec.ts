import { silentLogger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { Inbox, Outbox } from '@millrace/persistence';
import { eventually, testGround, trimTopic, withTestSchema } from '@millrace/testing';
import { Housekeeping, OUTBOX_KEPT_MS } from './housekeeping';

const { kafka: broker, prefix } = testGround();
const TOPIC = 'housekeeping.commands';

describe('service/housekeeping', () => {
  const schema = withTestSchema();
  let kafka: KafkaClient;
  let inbox: Inbox;
  let outbox: Outbox;
  const started: Housekeeping[] = [];

  beforeAll(async () => {
    kafka = await KafkaClient.connect({ brokers: [broker], clientId: 'spec', prefix }, silentLogger);
    await kafka.admin.createTopics([{ name: TOPIC, partitions: 2, config: {} }]);
    const producer = kafka.idempotentProducer();
    for (const partition of [0, 1])
      await producer.send(
        TOPIC,
        Array.from({ length: 10 }, () => ({ partition, key: null, value: Buffer.from('command') })),
      );
    await producer.close();
  });

  beforeEach(async () => {
    inbox = new Inbox(schema.unitOfWork);
    outbox = new Outbox(schema.unitOfWork, schema.settings.schema);
    await schema.dataSource.query('TRUNCATE inbox, outbox');
  });

  afterEach(async () => {
    for (const one of started.splice(0)) await one.stop();
  });

  afterAll(() => kafka?.close());

  const housekeeping = () => new Housekeeping({ outbox, inbox, admin: kafka.admin, logger: silentLogger });

  const receive = (id: string, topic: string, partition: number, offset: number) =>
    schema.unitOfWork.run(() => inbox.tryInsert('spec', id, { topic, partition, offset }));

  const rowsOf = async (table: string): Promise<string[]> => {
    const rows: { event_id: string }[] = await schema.dataSource.query(
      `SELECT event_id FROM ${table} ORDER BY event_id`,
    );
    return rows.map((row) => row.event_id);
  };

  /** Rows named `<name>-0`, `<name>-1`, ..., published so long ago; `null`: not yet. */
  async function say(name: string, count: number, publishedMsAgo: number | null): Promise<void> {
    const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
    await schema.unitOfWork.run(() =>
      outbox.add(ids.map((eventId) => ({ eventId, topic: 'facts', key: null, value: null, headers: [] }))),
    );
    await schema.dataSource.query(
      `UPDATE outbox SET published_at = now() - $2 * interval '1 millisecond' WHERE event_id = ANY($1) AND $2::float IS NOT NULL`,
      [ids, publishedMsAgo],
    );
  }

  it('deletes rows of the outbox that were published more than a day ago, whatever their number', async () => {
    await say('old', 12_000, OUTBOX_KEPT_MS + 60_000);
    await say('young', 1, OUTBOX_KEPT_MS - 60_000);
    await say('waiting', 1, null);
    await schema.dataSource.query(`UPDATE outbox SET created_at = now() - interval '30 days'`);
    expect(await housekeeping().tidy()).toEqual({ outboxRows: 12_000, inboxRows: 0 });
    expect(await rowsOf('outbox')).toEqual(['waiting-0', 'young-0']);
  });

  it('forgets an event when its topic no longer holds the record, and not before', async () => {
    for (const offset of [3, 4, 5]) await receive(`p0-${offset}`, TOPIC, 0, offset);
    await receive('p1-3', TOPIC, 1, 3);
    await receive('gone', 'a-topic-that-is-not-there', 0, 1);
    expect(await housekeeping().tidy()).toEqual({ outboxRows: 0, inboxRows: 0 });
    await trimTopic(kafka, TOPIC, 0, 5);
    expect(await housekeeping().tidy()).toEqual({ outboxRows: 0, inboxRows: 2 });
    expect(await rowsOf('inbox')).toEqual(['gone', 'p0-5', 'p1-3']);
  });

  it('tidies at its start, and outlives a database that is away', async () => {
    await say('old', 1, OUTBOX_KEPT_MS + 60_000);
    const away = new Housekeeping({
      outbox: { prune: () => Promise.reject(new Error('away')) },
      inbox,
      admin: kafka.admin,
      logger: silentLogger,
    });
    const there = housekeeping();
    started.push(away, there);
    away.start();
    there.start();
    await eventually(async () => expect(await rowsOf('outbox')).toEqual([]));
  });
});

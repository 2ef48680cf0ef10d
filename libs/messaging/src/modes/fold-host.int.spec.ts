import { silentLogger } from '@millrace/contracts';
import { Positions } from '@millrace/persistence';
import { eventually, testGround, withTestSchema } from '@millrace/testing';
import { closeClients, connectClient } from '../../fixtures/client';
import type { KafkaClient } from '../client/kafka-client';
import { FoldHost } from './fold-host';
import { MessagingEvents } from './messaging-events';

const TOPIC = 'numbers';
const GROUP = 'sums';
const PATIENCE = { timeoutMs: 30_000 };

describe('messaging > fold mode > FoldHost', () => {
  const { prefix, kafka } = testGround();
  const schema = withTestSchema();
  let client: KafkaClient;
  let positions: Positions;
  let sent = 0;

  beforeAll(async () => {
    client = await connectClient(kafka, prefix);
    await client.admin.createTopics([{ name: TOPIC, partitions: 1, config: {} }]);
    positions = new Positions(schema.unitOfWork);
    await schema.dataSource.query('CREATE TABLE folded (number int)');
  });
  afterAll(() => closeClients());

  /** A host that writes down what it takes, so that what was rolled back is not counted. */
  function host(spoil: (numbers: number[]) => Promise<void> = async () => {}) {
    const told: number[] = [];
    const made = new FoldHost<number[], number>({
      client,
      group: GROUP,
      topics: [TOPIC],
      prepare: async ({ records }) => {
        const numbers: number[] = [];
        while (records.next()) numbers.push(Number(records.record().value));
        return numbers;
      },
      fold: async (numbers) => {
        await schema.unitOfWork.manager.query('INSERT INTO folded SELECT unnest($1::int[])', [numbers]);
        await spoil(numbers);
        return numbers.length;
      },
      folded: (_, count) => told.push(count),
      unitOfWork: schema.unitOfWork,
      positions,
      onTrouble: () => {},
      lifecycle: new MessagingEvents(),
      now: Date.now,
      logger: silentLogger,
    });
    return { host: made, told };
  }

  async function send(count: number): Promise<void> {
    const producer = client.idempotentProducer();
    const records = Array.from({ length: count }, (_, index) => ({ key: null, value: Buffer.from(`${sent + index}`) }));
    await producer.send(TOPIC, records);
    await producer.close();
    sent += count;
  }

  const allFolded = () =>
    eventually(async () => expect((await positions.load(GROUP, TOPIC)).get(0)).toBe(sent), PATIENCE);

  async function expectEachOnce(): Promise<void> {
    const rows: { number: number }[] = await schema.dataSource.query('SELECT number FROM folded ORDER BY number');
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: sent }, (_, number) => number));
  }

  it('goes on where the last commit stands when it is started again, and hands on what the fold returned', async () => {
    for (const count of [30, 20]) {
      await send(count);
      const { host: one, told } = host();
      await one.start();
      await allFolded();
      await one.stop();
      expect(told.reduce((sum, some) => sum + some, 0)).toBe(count);
    }
    await expectEachOnce();
  });

  it('folds a batch again whose transaction failed, and keeps nothing of the first try', async () => {
    let failures = 2;
    const { host: one, told } = host(async () => {
      if (failures-- > 0) throw new Error('this try spoils the batch');
    });
    await send(10);
    await one.start();
    await allFolded();
    await one.stop();
    expect(told.reduce((sum, some) => sum + some, 0)).toBe(10);
    await expectEachOnce();
  });

  it('takes nothing when another process has moved the position meanwhile, and goes on behind it', async () => {
    let overtaken = false;
    const { host: zombie } = host(async (numbers) => {
      if (overtaken) return;
      overtaken = true;
      // What an heir would have committed, seen by a process that does not know yet that it was replaced.
      await schema.dataSource.query('INSERT INTO folded SELECT unnest($1::int[])', [numbers]);
      await schema.dataSource.query('UPDATE positions SET next_offset = $1 WHERE consumer = $2', [sent, GROUP]);
    });
    await send(5);
    await zombie.start();
    await allFolded();
    await send(5);
    await allFolded();
    await zombie.stop();
    expect(overtaken).toBe(true);
    await expectEachOnce();
  });
});

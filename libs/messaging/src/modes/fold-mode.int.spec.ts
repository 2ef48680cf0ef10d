import { ModelAliasSet, SetModelAlias, silentLogger, Topics } from '@millrace/contracts';
import { Outbox, Positions } from '@millrace/persistence';
import { eventually, withTestSchema } from '@millrace/testing';
import { deadLettersIn, trustedKeys, withControlGround } from '../../fixtures/control';
import { Events } from '../events/events';
import type { Received } from '../flow/flow';
import { ProgressWatchdog } from '../watchdog/progress-watchdog';
import { FoldConsumer } from './fold-consumer';
import { MessagingEvents } from './messaging-events';

const TOPIC = Topics.registryCommands.name;
const GROUP = 'view.fold';

/** A consumer that folds aliases into a table, so that what was rolled back is not counted. */
function folding(spoil: (aliases: readonly string[], positions: Positions) => Promise<void> | void = () => {}) {
  const ground = withControlGround();
  const schema = withTestSchema();
  const batches: number[] = [];
  let positions: Positions;
  let consumer: FoldConsumer;
  beforeAll(async () => {
    const { unitOfWork, settings } = schema;
    positions = new Positions(unitOfWork);
    await unitOfWork.run((manager) => manager.query('CREATE TABLE folded (place serial, alias text)'));
    consumer = new FoldConsumer({
      client: ground.client,
      group: GROUP,
      inputs: [{ topic: Topics.registryCommands, mode: 'fold', records: [SetModelAlias] }],
      readerOf: (input) => ground.readerOf(input),
      unitOfWork,
      positions,
      events: new Events(new Outbox(unitOfWork, settings.schema), ground.encoder, { now: Date.now }),
      trustedKeys,
      deadLetters: Topics.registryDeadLetters,
      handle: async (_, batch) => {
        const aliases = (batch as Received<SetModelAlias>[]).map(({ data }) => data.alias);
        for (const alias of aliases) await unitOfWork.manager.query('INSERT INTO folded (alias) VALUES ($1)', [alias]);
        await spoil(aliases, positions);
        batches.push(aliases.length);
      },
      onTrouble: () => {},
      watchdog: new ProgressWatchdog(Date.now),
      lifecycle: new MessagingEvents(),
      now: Date.now,
      logger: silentLogger,
    });
  });
  afterAll(() => consumer.stop());

  const folded = async (): Promise<string[]> => {
    const rows: { alias: string }[] = await schema.dataSource.query('SELECT alias FROM folded ORDER BY place');
    return rows.map(({ alias }) => alias);
  };
  const buried = async () => (await deadLettersIn(schema.dataSource, ground)).map(({ reasonCode }) => reasonCode);
  const allFolded = () =>
    eventually(
      async () => {
        const end = (await ground.client.admin.endOffsets(TOPIC)).get(0);
        expect((await positions.load(GROUP, TOPIC)).get(0)).toBe(end);
        expect((await ground.client.admin.committedOffsets(GROUP, TOPIC)).get(0)).toBe(end);
      },
      { timeoutMs: 30_000 },
    );
  return { ground, schema, batches, start: () => consumer.start(), folded, buried, allFolded };
}

describe('messaging > fold mode > batches', () => {
  const { ground, batches, start, folded, allFolded } = folding();

  it('folds what was fetched in one transaction, in order, and shows its position to lag displays', async () => {
    const aliases = Array.from({ length: 20 }, (_, index) => `a${index}`);
    await ground.setAliases('m', aliases);
    await start();
    await allFolded();
    expect(await folded()).toEqual(aliases);
    expect(batches).toEqual([20]);
  });

  it('moves on over types that the flow does not list', async () => {
    const data = { aggregateVersion: 1, occurredAt: 0, model: 'm', alias: 'x', version: 1, previous: null, by: 'x' };
    const { value } = await ground.encoder.encode({
      record: ModelAliasSet,
      topic: Topics.models,
      key: 'm',
      data,
      id: 'x',
      time: 0,
    });
    await ground.putRaw(TOPIC, value);
    await allFolded();
    expect(await folded()).toHaveLength(20);
  });
});

describe('messaging > fold mode > poison', () => {
  const { ground, start, folded, buried, allFolded } = folding((aliases) => {
    if (aliases.includes('bad')) throw new Error('this one spoils its batch');
  });

  it('buries the record that spoils a batch and folds the others', async () => {
    await ground.setAliases('m', ['a', 'b', 'bad']);
    await ground.putRaw(TOPIC, Buffer.from('garbage'));
    await ground.setAliases('m', ['c']);
    await start();
    await allFolded();
    expect(await folded()).toEqual(['a', 'b', 'c']);
    expect(await buried()).toEqual(['RETRIES_EXHAUSTED', 'UNREADABLE']);
  });
});

describe('messaging > fold mode > fencing', () => {
  let overtaken = false;
  const { ground, schema, start, folded, allFolded } = folding(async (aliases) => {
    if (overtaken || !aliases.includes('c')) return;
    overtaken = true;
    // Another process has folded these records already. A connection of its own: this unit of work must not see it.
    await schema.dataSource.query('UPDATE positions SET next_offset = 4 WHERE topic = $1', [TOPIC]);
  });

  it('takes nothing twice when another process has moved the position, and goes on behind it', async () => {
    await ground.setAliases('m', ['a', 'b']);
    await start();
    await allFolded();
    await ground.setAliases('m', ['c', 'd', 'e']);
    await allFolded();
    expect(overtaken).toBe(true);
    const mine = await folded();
    expect(mine.slice(0, 2)).toEqual(['a', 'b']);
    expect(mine).not.toContain('c');
    expect(mine.at(-1)).toBe('e');
    expect(new Set(mine).size).toBe(mine.length);
  });
});

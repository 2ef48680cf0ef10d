import { silentLogger } from '@millrace/contracts';
import { withTestSchema } from '@millrace/testing';
import { createAggregateTable } from '../aggregates/aggregate-store';
import { Outbox } from '../tables/outbox';
import { digestOf, firstDifference, keyOf, qualified } from './compare-tables';
import { fillTable } from './fill-table';
import { momentOf, recordMoment } from './recorded-moment';
import { clearScratch, prepareScratch, scratchSchemaOf } from './scratch-schema';
import { swapTables } from './swap-tables';
import { TableUse } from './table-use';

describe('persistence > rebuild', () => {
  const schema = withTestSchema();
  const own = () => schema.settings.schema;
  const scratch = () => scratchSchemaOf(own());
  const run = (sql: string, parameters: unknown[] = []) => schema.dataSource.query(sql, parameters);
  const state = [{ name: 'models', kind: 'state' as const }];
  const rows = [
    { id: 'b', version: 2, state: { x: 1.5, y: null } },
    { id: 'a"\\ä', version: 1, state: {} },
  ];

  beforeAll(async () => {
    await run(createAggregateTable('models'));
    await prepareScratch(schema.dataSource, own());
  });
  beforeEach(() => fillTable(schema.dataSource, own(), 'models', rows));
  afterEach(() => clearScratch(schema.dataSource, own()));

  const record = async () =>
    recordMoment(schema.dataSource, own(), state, { since: await momentOf(schema.dataSource), topics: ['t'] });
  async function rebuilt(given: Parameters<typeof fillTable>[3]) {
    await run(createAggregateTable(qualified(scratch(), 'models')));
    await fillTable(schema.dataSource, scratch(), 'models', given);
  }
  const compare = async (copy: string) =>
    firstDifference(schema.dataSource, copy, qualified(scratch(), 'models'), ['id']);

  it('hashes by primary key, whatever the order in which rows were written and names in JSON', async () => {
    const table = qualified(own(), 'models');
    const once = await digestOf(schema.dataSource, table, await keyOf(schema.dataSource, own(), 'models'));
    expect(once).toEqual({ rows: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await run('DELETE FROM models');
    await run(`INSERT INTO models VALUES ('a"\\ä', 1, '{}'), ('b', 2, '{"y": null, "x": 1.5}')`);
    expect(await digestOf(schema.dataSource, table, ['id'])).toEqual(once);
    await run(`UPDATE models SET state = '{"y": null, "x": 1.50001}' WHERE id = 'b'`);
    expect((await digestOf(schema.dataSource, table, ['id'])).hash).not.toBe(once.hash);
  });

  it('names the first row that differs, how, and how many do', async () => {
    const { tables } = await record();
    const copy = tables[0]!.copy;
    await rebuilt(rows);
    expect(await compare(copy)).toBeNull();
    await fillTable(schema.dataSource, scratch(), 'models', [rows[0]!]);
    expect(await compare(copy)).toEqual({ key: '["a\\"\\\\ä"]', how: 'missing', rows: 1 });
    await fillTable(schema.dataSource, scratch(), 'models', [...rows, { id: 'c', version: 1, state: {} }]);
    expect(await compare(copy)).toEqual({ key: '["c"]', how: 'added', rows: 1 });
    await fillTable(
      schema.dataSource,
      scratch(),
      'models',
      rows.map((row) => ({ ...row, version: 9 })),
    );
    expect(await compare(copy)).toMatchObject({ how: 'changed', rows: 2 });
  });

  it('refuses a table that has no order', async () => {
    await run('CREATE TABLE heap (x int)');
    await expect(keyOf(schema.dataSource, own(), 'heap')).rejects.toMatchObject({ code: 'TABLE_WITHOUT_KEY' });
  });

  it('notes of the outbox what a log read at that moment may not have', async () => {
    const outbox = new Outbox(schema.unitOfWork, own());
    const add = (eventId: string, topic = 't') =>
      schema.unitOfWork.run(() => outbox.add([{ eventId, topic, key: null, value: null, headers: [] }]));
    const publishAll = async () => outbox.markPublished((await outbox.claimUnpublished(100)).map(({ id }) => id));
    await add('long ago');
    await publishAll();
    const since = await momentOf(schema.dataSource);
    await add('just now');
    await publishAll();
    await add('waits');
    await add('of another', 'elsewhere');
    const moment = await recordMoment(schema.dataSource, own(), state, { since, topics: ['t'] });
    expect(moment.outbox.map(({ eventId }) => eventId)).toEqual(['just now', 'waits']);
  });

  it('swaps rows, unless somebody has written meanwhile', async () => {
    const { tables } = await record();
    await rebuilt([{ id: 'z', version: 1, state: {} }]);
    await swapTables(schema.dataSource, own(), tables);
    expect(await run('SELECT id FROM models')).toEqual([{ id: 'z' }]);
    await expect(swapTables(schema.dataSource, own(), tables)).rejects.toMatchObject({ code: 'TABLES_MOVED_ON' });
    expect(await run('SELECT id FROM models')).toEqual([{ id: 'z' }]);
  });

  it('is alone with the tables only when nobody uses them', async () => {
    const signal = new AbortController().signal;
    const [first, second] = [
      await TableUse.begin(schema.settings, silentLogger, signal),
      await TableUse.begin(schema.settings, silentLogger, signal),
    ];
    await first.end();
    expect(await TableUse.alone(schema.settings, silentLogger, 300)).toBeNull();
    await second.end();
    const alone = await TableUse.alone(schema.settings, silentLogger, 5_000);
    let begun = false;
    const third = TableUse.begin(schema.settings, silentLogger, signal).then((use) => {
      begun = true;
      return use;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(begun).toBe(false);
    await alone!.release();
    await (await third).end();
  });
});

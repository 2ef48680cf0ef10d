import { fakeClock, withTestSchema } from '@millrace/testing';
import { CREATE_WORK_ITEMS, WorkQueue } from './work-queue';

describe('persistence/work-queue', () => {
  const schema = withTestSchema();
  const clock = fakeClock();
  const open = () => new WorkQueue(schema.unitOfWork, clock.now);
  const enqueue = (id: string, kind = 'cut') =>
    schema.unitOfWork.run(() => open().enqueue({ id, kind, payload: { of: id } }));
  const complete = (id: string) => schema.unitOfWork.run(() => open().complete(id));

  beforeAll(() => schema.dataSource.query(CREATE_WORK_ITEMS));
  beforeEach(() => schema.dataSource.query('TRUNCATE work_items'));

  it('leases the oldest item of a kind, once, until it is complete', async () => {
    await enqueue('one');
    clock.advance(1);
    await enqueue('two');
    await enqueue('other', 'train');
    await enqueue('one');
    expect(await open().lease(['cut'], 1_000)).toEqual({ id: 'one', kind: 'cut', payload: { of: 'one' }, attempts: 1 });
    expect(await open().lease(['cut'], 1_000)).toMatchObject({ id: 'two' });
    expect(await open().lease(['cut'], 1_000)).toBeNull();
    await complete('one');
    expect(await open().lease(['train'], 1_000)).toMatchObject({ id: 'other' });
  });

  it('an item is enqueued with the unit of work or not at all', async () => {
    const broken = schema.unitOfWork.run(async () => {
      await open().enqueue({ id: 'never', kind: 'cut', payload: null });
      throw new Error('effect failed');
    });
    await expect(broken).rejects.toThrow('effect failed');
    expect(await open().lease(['cut'], 1_000)).toBeNull();
  });

  it('a lease that ran out is given again, with the next attempt; renewing keeps it', async () => {
    await enqueue('one');
    await open().lease(['cut'], 1_000);
    clock.advance(900);
    await open().renew('one', 1_000);
    clock.advance(900);
    expect(await open().lease(['cut'], 1_000)).toBeNull();
    clock.advance(100);
    expect(await open().lease(['cut'], 1_000)).toMatchObject({ id: 'one', attempts: 2 });
  });

  it('an item that was given back waits; an attempt that does not count is taken back', async () => {
    await enqueue('one');
    await open().lease(['cut'], 1_000);
    await open().release('one', 500, 'no', true);
    expect(await open().lease(['cut'], 1_000)).toBeNull();
    clock.advance(500);
    expect(await open().lease(['cut'], 1_000)).toMatchObject({ attempts: 2 });
    await open().release('one', 0, 'away', false);
    expect(await open().lease(['cut'], 1_000)).toMatchObject({ attempts: 2 });
  });

  it('who completes too late has no effect', async () => {
    await schema.dataSource.query('CREATE TABLE IF NOT EXISTS results (id text)');
    await enqueue('one');
    const finish = () =>
      schema.unitOfWork.run(async (manager) => {
        await manager.query("INSERT INTO results VALUES ('one')");
        await open().complete('one');
      });
    await finish();
    await expect(finish()).rejects.toMatchObject({ code: 'WORK_DONE_BY_ANOTHER', retriable: true });
    expect(await schema.dataSource.query('SELECT * FROM results')).toEqual([{ id: 'one' }]);
  });

  it('ten workers at once: nobody gets the same item', async () => {
    for (let n = 0; n < 5; n++) await enqueue(`item-${n}`);
    const leased = await Promise.all(Array.from({ length: 10 }, () => open().lease(['cut'], 1_000)));
    const ids = leased.flatMap((item) => (item ? [item.id] : []));
    expect(ids.sort()).toEqual(['item-0', 'item-1', 'item-2', 'item-3', 'item-4']);
  });
});

import { withTestSchema } from '@millrace/testing';
import { AggregateStore, createAggregateTable } from './aggregate-store';

type Names = { names: string[] };

describe('persistence/aggregate-store', () => {
  const schema = withTestSchema();
  const open = () => new AggregateStore<Names>(schema.unitOfWork, 'sources', () => ({ names: [] }));
  const save = (id: string, from: number, to: number, ...names: string[]) =>
    schema.unitOfWork.run(() => open().save(id, from, to, { names }));
  const load = (id: string) => schema.unitOfWork.run(() => open().load(id));

  beforeAll(() => schema.dataSource.query(createAggregateTable('sources')));

  it('an aggregate that never was is at version 0', async () => {
    expect(await load('none')).toEqual({ id: 'none', version: 0, state: { names: [] } });
  });

  it('keeps state and version', async () => {
    await save('a', 0, 2, 'ä', '"\\');
    await save('a', 2, 3, 'b');
    expect(await load('a')).toEqual({ id: 'a', version: 3, state: { names: ['b'] } });
    await save('b', 0, 1);
    expect((await schema.unitOfWork.run(() => open().all())).map((one) => one.id)).toEqual(['a', 'b']);
  });

  it.each([
    ['made twice', 'c', 0],
    ['changed by somebody else', 'c', 1],
  ])('%s: the second is refused', async (_, id, from) => {
    if (from === 0) await save(id, 0, 1);
    else await save(id, 1, 2);
    await expect(save(id, from, from + 1)).rejects.toMatchObject({ code: 'CONCURRENT_CHANGE', retriable: true });
  });

  it('two at once: one wins', async () => {
    await save('d', 0, 1);
    const results = await Promise.allSettled([save('d', 1, 2, 'x'), save('d', 1, 2, 'y')]);
    expect(results.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

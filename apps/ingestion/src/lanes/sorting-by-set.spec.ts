import { type ExpectationSetDefined, expectationOf, type SortingChanged } from '@millrace/contracts';
import { type EncodedRecord, type LaneOutput, MessagingEvents } from '@millrace/messaging';
import { ExpectationSets } from './expectation-sets';
import { SortingBySet } from './sorting-by-set';

const setOf = (number: number): ExpectationSetDefined => ({
  aggregateVersion: number,
  occurredAt: 0,
  source: 's',
  set: `s:${number}`,
  number,
  digest: `d${number}`,
  label: null,
  expectations: [
    expectationOf({ id: 'sane', kind: 'BETWEEN', column: 'x', min: 0 }),
    // A list, a map or a union of x stands in data sets as text; its records have no text there.
    expectationOf({ id: 'derived:type:x', kind: 'TYPE', column: 'x', values: ['text'] }),
    expectationOf({ id: 'rows', kind: 'ROW_COUNT', column: '', min: 1 }),
  ],
  by: 'ann',
});

/** A partition whose transactions a spec commits or aborts. */
function partition(last: Partial<SortingChanged> | null = null) {
  const lifecycle = new MessagingEvents();
  const sets = new ExpectationSets(lifecycle);
  lifecycle.emit('broadcastsComplete', {});
  const written: Partial<SortingChanged>[] = [];
  const log = {
    last: async () => last as SortingChanged | null,
    encode: async (data: object) => {
      written.push(data);
      return { topic: 't', key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] } as EncodedRecord;
    },
  };
  const out = { produce: () => {} } as unknown as LaneOutput;
  const sorting = new SortingBySet('s', 3, sets, log);
  const told = () =>
    written.splice(0).map(({ aggregateVersion, fromOffset, set }) => [aggregateVersion, fromOffset, set]);
  return { sets, told, sort: (first: number) => sorting.inForce(first, out), written };
}

describe('ingestion > lanes > SortingBySet', () => {
  it('writes nothing while nothing is expected', async () => {
    const { sort, told } = partition();
    expect([await sort(0), await sort(10)]).toEqual([null, null]);
    expect(told()).toEqual([]);
  });

  it('writes from which record on a set sorts, once', async () => {
    const { sets, sort, told, written } = partition();
    await sort(0);
    sets.take(setOf(1));
    expect((await sort(7))?.rules.map(({ id }) => id)).toEqual(['sane']);
    expect(written[0]).toMatchObject({ source: 's', partition: 3, digest: 'd1', checks: ['sane'] });
    await sort(9);
    sets.take(setOf(3));
    sets.take(setOf(2));
    await sort(20);
    expect(told()).toEqual([
      [1, 7, 's:1'],
      [2, 20, 's:3'],
    ]);
  });

  it('writes it again when the transaction was aborted, under the same version, with what is in force then', async () => {
    const { sets, sort, told } = partition();
    sets.take(setOf(1));
    await sort(7);
    await sort(7);
    sets.take(setOf(2));
    await sort(7);
    await sort(8);
    expect(told()).toEqual([
      [1, 7, 's:1'],
      [1, 7, 's:1'],
      [1, 7, 's:2'],
    ]);
  });

  it('goes on where another process stopped', async () => {
    const before = { aggregateVersion: 4, set: 's:1', fromOffset: 50 };
    const same = partition(before);
    same.sets.take(setOf(1));
    await same.sort(60);
    expect(same.told()).toEqual([]);
    const newer = partition(before);
    newer.sets.take(setOf(2));
    await newer.sort(60);
    expect(newer.told()).toEqual([[5, 60, 's:2']]);
  });

  it('waits until it is known which set is in force', async () => {
    const lifecycle = new MessagingEvents();
    const sets = new ExpectationSets(lifecycle);
    const log = { last: async () => null, encode: async () => ({}) as EncodedRecord };
    let sorted = false;
    const sorting = new SortingBySet('s', 0, sets, log).inForce(0, {} as LaneOutput).then(() => {
      sorted = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sorted).toBe(false);
    lifecycle.emit('broadcastsComplete', {});
    await sorting;
  });
});

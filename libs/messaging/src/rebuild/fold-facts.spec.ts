import { ModelAliasSet, ModelVersionRegistered } from '@millrace/contracts';
import type { AggregateFact, AggregateKind } from '../events/aggregates';
import { FactFold, type FactRows } from './fold-facts';

const MODELS: AggregateKind<unknown, AggregateFact> = {
  table: 'models',
  initial: () => [],
  evolve: (state, { type, data }) => [...(state as string[]), `${type} ${data.aggregateVersion}`],
  records: { ModelVersionRegistered, ModelAliasSet } as never,
};

const fact = (key: string, aggregateVersion: number, record = ModelVersionRegistered.fullName) => ({
  topic: 'registry.models.v1',
  record,
  key,
  data: { aggregateVersion },
});

describe('messaging > rebuild > FactFold', () => {
  it('folds each aggregate by its own kind, whatever stands between', () => {
    const fold = new FactFold([MODELS]);
    fold.take(fact('a', 1));
    fold.take(fact('b', 1, ModelAliasSet.fullName));
    fold.take({ ...fact('a', 7), record: 'io.millrace.other.Thing' });
    fold.take({ ...fact('a', 7), topic: 'another.topic.v1' });
    fold.take(fact('a', 2, ModelAliasSet.fullName));
    expect(fold.rowsOf('models')).toEqual([
      { id: 'a', version: 2, state: ['ModelVersionRegistered 1', 'ModelAliasSet 2'] },
      { id: 'b', version: 1, state: ['ModelAliasSet 1'] },
    ]);
  });

  it('takes a fact once that a relay has published twice', () => {
    const fold = new FactFold([MODELS]);
    for (const version of [1, 1, 2, 1, 2, 3]) fold.take(fact('a', version));
    expect(fold.rowsOf('models')).toMatchObject([{ version: 3 }]);
  });

  it('keeps the last fact about each row where no aggregate is', () => {
    const rows: FactRows = {
      table: 'seen',
      records: [ModelAliasSet],
      rowOf: ({ key, data }) => {
        const { alias, aggregateVersion } = data as { alias: string; aggregateVersion: number };
        return { model: key, alias, told: aggregateVersion };
      },
    };
    const fold = new FactFold([MODELS], [rows], () => ['model', 'alias']);
    const set = (version: number, alias: string) => {
      const { data, ...more } = fact('a', version, ModelAliasSet.fullName);
      fold.take({ ...more, data: { ...data, alias } });
    };
    set(1, 'old');
    set(2, 'best');
    set(1, 'old');
    set(3, 'best');
    expect(fold.rowsOf('seen')).toEqual([
      { model: 'a', alias: 'old', told: 1 },
      { model: 'a', alias: 'best', told: 3 },
    ]);
    expect(fold.rowsOf('models')).toMatchObject([{ id: 'a', version: 3 }]);
    expect([fold.has('seen'), fold.has('other'), fold.rowsOf('other')]).toEqual([true, false, []]);
  });

  it('names the gap where the log lacks a fact', () => {
    const fold = new FactFold([MODELS]);
    fold.take(fact('a', 1));
    expect(() => fold.take(fact('a', 3))).toThrow(
      expect.objectContaining({ code: 'FACT_MISSING', context: expect.objectContaining({ before: 1, version: 3 }) }),
    );
    expect(() => fold.take(fact('b', 2))).toThrow('from version 0 to 2');
  });

  it('leaves out an aggregate whose life began on the trimmed beginning of its topic, and still names a gap', () => {
    const fold = new FactFold([MODELS], [], () => [], new Set(['registry.models.v1']));
    for (const [key, version] of [
      ['a', 3],
      ['b', 1],
      ['a', 4],
      ['b', 2],
    ] as const)
      fold.take(fact(key, version));
    expect(fold.rowsOf('models')).toMatchObject([{ id: 'b', version: 2 }]);
    expect(() => fold.take(fact('b', 4))).toThrow('from version 2 to 4');
  });
});

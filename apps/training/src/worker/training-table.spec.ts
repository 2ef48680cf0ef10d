import type { FeatureSpec, TrainingPlan } from '@millrace/contracts';
import type { LoadedTable, TableColumn } from '@millrace/data';
import { trainingTable } from './training-table';

const feature = (name: string, kind: FeatureSpec['kind'], column = name): FeatureSpec => ({
  name,
  column,
  kind,
  meaning: '',
  closed: false,
});
const planOf = (features: FeatureSpec[], threshold: number | null = 15): TrainingPlan =>
  ({ target: { column: 'delay', threshold, meaning: '' }, features }) as unknown as TrainingPlan;
const number = (...values: number[]): TableColumn => ({ kind: 'number', values: Float64Array.from(values) });
const time = (...values: number[]): TableColumn => ({ kind: 'timestamp', values: Float64Array.from(values) });
const text: TableColumn = { kind: 'category', codes: Int32Array.of(0, 1, -1), categories: ['AUS', 'JFK'] };
const tableOf = (columns: Record<string, TableColumn>): LoadedTable => ({
  rows: 3,
  columns: new Map(Object.entries({ delay: number(20, 15, -3), ...columns })),
});

describe('training > worker > trainingTable', () => {
  it('names columns by feature; the label is 1 above the threshold', () => {
    const plan = planOf([feature('miles', 'NUMBER', 'distance'), feature('origin', 'CATEGORY')]);
    const { table, leftOut } = trainingTable(
      tableOf({ distance: number(1, Number.NaN, 3), origin: text }),
      plan,
      false,
    );
    expect(table.labels).toEqual(Uint8Array.of(1, 0, 0));
    expect([...table.columns]).toEqual([
      ['miles', { kind: 'NUMBER', values: Float64Array.of(1, Number.NaN, 3) }],
      ['origin', { kind: 'CATEGORY', codes: Int32Array.of(0, 1, -1), categories: ['AUS', 'JFK'] }],
    ]);
    expect(table.eventTime).toBeUndefined();
    expect(leftOut).toBe(0);
  });

  it('takes the target itself without a threshold', () => {
    const { table } = trainingTable(tableOf({}), planOf([], null), false);
    expect(table.labels).toEqual(Float64Array.of(20, 15, -3));
  });

  it('leaves out rows without a target or a time, and counts them', () => {
    const loaded = tableOf({ delay: number(20, Number.NaN, 30), date: time(1, 2, Number.NaN) });
    const { table, leftOut } = trainingTable(loaded, planOf([feature('date', 'TIME')]), true);
    expect(table).toMatchObject({ rows: 1, labels: Uint8Array.of(1), eventTime: Float64Array.of(1) });
    expect(leftOut).toBe(2);
  });

  it('takes whole milliseconds of a finer time', () => {
    const { table } = trainingTable(tableOf({ date: time(1.9, 2, 3) }), planOf([feature('date', 'TIME')]), true);
    expect(table.columns.get('date')).toEqual({ kind: 'TIME', values: Float64Array.of(1, 2, 3) });
  });

  it('knows the time by a feature that stands in order, else by the place of the row', () => {
    const dated = (...dates: number[]) =>
      trainingTable(tableOf({ date: time(...dates) }), planOf([feature('date', 'TIME')]), true).table.eventTime;
    expect(dated(5, 5, 9)).toEqual(Float64Array.of(5, 5, 9));
    expect(dated(5, 4, 9)).toEqual(Float64Array.of(0, 1, 2));
  });

  it.each([
    ['text as a number', feature('origin', 'NUMBER')],
    ['numbers as a category', feature('delay', 'CATEGORY')],
    ['text as a time', feature('origin', 'TIME')],
    ['a kind of a later version', feature('origin', 'UNKNOWN')],
  ])('refuses %s', (_, spec) => {
    expect(() => trainingTable(tableOf({ origin: text }), planOf([spec]), false)).toThrow(
      expect.objectContaining({ code: 'LEARNING_PLAN_INVALID' }),
    );
  });

  it('refuses a target of text', () => {
    expect(() => trainingTable(tableOf({ delay: text }), planOf([]), false)).toThrow('Target delay must be');
  });
});

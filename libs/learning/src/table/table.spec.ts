import { checkTable, columnOf, type Table } from './table';
import { tableDigest } from './table-digest';
import { takeRows } from './take-rows';
import { inTimeOrder, spreadSample } from './time-order';

const table = (change: Partial<Table> = {}): Table => ({
  rows: 3,
  columns: new Map([
    ['x', { kind: 'NUMBER', values: Float64Array.of(1, Number.NaN, 3) }],
    ['c', { kind: 'CATEGORY', codes: Int32Array.of(1, -1, 0), categories: ['a', 'b'] }],
    ['t', { kind: 'TIME', values: Float64Array.of(30, 10, 20) }],
  ]),
  eventTime: Float64Array.of(30, 10, 20),
  labels: Uint8Array.of(0, 1, 1),
  ...change,
});

describe('learning > table', () => {
  it('takes rows in the order asked for, of every column', () => {
    const taken = takeRows(table(), Int32Array.of(2, 0));
    expect(columnOf(taken, 'x', 'NUMBER').values).toEqual(Float64Array.of(3, 1));
    expect(columnOf(taken, 'c', 'CATEGORY').codes).toEqual(Int32Array.of(0, 1));
    expect(columnOf(taken, 't', 'TIME').values).toEqual(Float64Array.of(20, 30));
    expect([taken.rows, taken.eventTime, taken.labels]).toEqual([2, Float64Array.of(20, 30), Uint8Array.of(1, 0)]);
  });
  it('is sorted by event time, rows of one instant in their order', () => {
    const sorted = inTimeOrder(table({ eventTime: Float64Array.of(5, 5, 1) }));
    expect(columnOf(sorted, 'x', 'NUMBER').values).toEqual(Float64Array.of(3, 1, Number.NaN));
  });
  it('is spread evenly over a sample', () => {
    const many = { rows: 10, columns: new Map(), labels: Float64Array.from({ length: 10 }, (_, i) => i) };
    expect(spreadSample(many, 4).labels).toEqual(Float64Array.of(0, 2, 5, 7));
    expect(spreadSample(many, 99)).toBe(many);
  });
  it('has a digest that every value changes', () => {
    const digests = [
      table(),
      table({ labels: Uint8Array.of(0, 1, 0) }),
      table({ labels: Float64Array.of(0, 1, 1) }),
      table({ eventTime: undefined }),
      table({ columns: new Map([['x', { kind: 'NUMBER', values: Float64Array.of(1, 2, 3) }]]) }),
    ].map(tableDigest);
    expect(new Set(digests).size).toBe(5);
    expect(tableDigest(table())).toBe(digests[0]);
  });
});

describe('learning > checkTable', () => {
  it('lets a good table pass', () => {
    expect(() => checkTable(table())).not.toThrow();
  });
  it.each<[string, Partial<Table>, string]>([
    [
      'a short column',
      { columns: new Map([['x', { kind: 'NUMBER', values: new Float64Array(2) }]]) },
      '"x" has 2 values',
    ],
    [
      'a code outside the dictionary',
      { columns: new Map([['c', { kind: 'CATEGORY', codes: Int32Array.of(0, 1, 0), categories: ['a'] }]]) },
      '"c", row 1: code 1',
    ],
    [
      'a time that is no whole millisecond',
      { columns: new Map([['t', { kind: 'TIME', values: Float64Array.of(1, 2, 0.5) }]]) },
      '"t", row 2: 0.5',
    ],
    ['a missing event time', { eventTime: Float64Array.of(1, Number.NaN, 3) }, 'event time of row 1'],
    ['labels of another length', { labels: new Uint8Array(4) }, 'labels has 4 values for 3 rows'],
  ])('refuses %s', (_, change, message) => {
    expect(() => checkTable(table(change))).toThrow(expect.objectContaining({ code: 'LEARNING_TABLE_INVALID' }));
    expect(() => checkTable(table(change))).toThrow(message);
  });
  it('names the columns that exist when one does not', () => {
    expect(() => columnOf(table(), 'y', 'NUMBER')).toThrow('has no column "y"; it has: x, c, t');
    expect(() => columnOf(table(), 'x', 'TIME')).toThrow('is of kind NUMBER and was asked for as TIME');
  });
});

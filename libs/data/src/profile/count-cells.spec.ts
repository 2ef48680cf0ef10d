import fc from 'fast-check';
import { DuckDb } from '../duckdb/duck-db';
import { type CellsAsked, countCells } from './count-cells';

async function counted(select: string, ...asked: CellsAsked[]) {
  const duckDb = await DuckDb.open();
  try {
    await duckDb.execute(`CREATE TABLE data AS ${select}`);
    return await countCells(duckDb, 'data', asked);
  } finally {
    duckDb.close();
  }
}

const ranges = (column: string, ...edges: number[]): CellsAsked => ({ column, edges, values: null });
const words = (column: string, ...values: string[]): CellsAsked => ({ column, edges: null, values });
const ROWS = `SELECT * FROM (VALUES (0, 0.5::DOUBLE, 'a', true), (1, 1.5, 'it''s', false), (2, 'NaN', 'b', false), (9, 2.5, NULL, NULL), (NULL, NULL, 'c', true)) t(n, f, s, b)`;

describe('data > profile > countCells', () => {
  it('counts between edges, closed on the right, with what lies below and above', async () => {
    const found = await counted(ROWS, ranges('n', 1, 2, 3), ranges('f', 0, 1, 2));
    expect(found).toEqual([
      { column: 'n', counts: [1, 2, 0, 1] },
      { column: 'f', counts: [0, 1, 1, 1] },
    ]);
  });

  it('counts values, and all others that are there', async () => {
    const found = await counted(ROWS, words('s', "it's", 'z'), words('n', '9', '0'), words('b', 'true'));
    expect(found.map(({ counts }) => counts)).toEqual([
      [1, 0, 3],
      [1, 1, 2],
      [2, 2],
    ]);
    expect(await counted(ROWS, words('s'))).toEqual([{ column: 's', counts: [4] }]);
  });

  it('leaves out what is gone or of another kind', async () => {
    expect(await counted(ROWS, ranges('gone', 0, 1), words('gone', 'a'), ranges('s', 0, 1), ranges('n', 1))).toEqual(
      [],
    );
    expect(await counted('SELECT NULL::DOUBLE AS n', ranges('n', 0, 1))).toEqual([{ column: 'n', counts: [0, 0, 0] }]);
  });

  it('counts as plain arithmetic does, whatever the values and edges', async () => {
    const number = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -5, max: 5, noNaN: true }));
    const edges = fc
      .uniqueArray(number, { minLength: 2, maxLength: 6, comparator: (a, b) => a === b })
      .map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 30 }), edges, async (values, list) => {
        const rows = values.map((value) => `('${value}'::DOUBLE)`).join(', ');
        const cell = (value: number) =>
          value < list[0]! ? 0 : value === list[0] ? 1 : 1 + list.slice(1).filter((edge) => value > edge).length;
        const expected = new Array<number>(list.length + 1).fill(0);
        for (const value of values) expected[cell(value)]!++;
        const found = await counted(`SELECT * FROM (VALUES ${rows}) t(x)`, ranges('x', ...list));
        expect(found).toEqual([{ column: 'x', counts: expected }]);
      }),
      { numRuns: 15 },
    );
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../duckdb/duck-db';
import { loadTable } from './load-table';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function parquet(select: string): Promise<string> {
  const path = join(folder, 'table.parquet');
  const duckDb = await DuckDb.open();
  await duckDb.execute(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  duckDb.close();
  return path;
}

const plain = (column: unknown) =>
  Object.fromEntries(
    Object.entries(column as object).map(([key, value]) => [
      key,
      ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value,
    ]),
  );

describe('data > table > loadTable', () => {
  it('gives numbers, times and codes, missing values marked', async () => {
    const path = await parquet(`SELECT * FROM (VALUES
      (1::BIGINT, 1.5::FLOAT, true, TIMESTAMP '1970-01-01 00:00:01.500', DATE '1970-01-02', 'b', 2.25::DECIMAL(9,2)),
      (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      (-3, 2, false, TIMESTAMP '1969-12-31 23:59:59', DATE '1970-01-01', 'ä', 1),
      (7, 2, false, TIMESTAMP '1970-01-01', DATE '1970-01-01', 'a', 1)
    ) AS t(n, f, b, "at", "day", "some text", d)`);
    const table = await loadTable(path, ['n', 'f', 'b', 'at', 'day', 'some text', 'd']);
    expect(table.rows).toBe(4);
    expect([...table.columns].map(([name, column]) => [name, plain(column)])).toEqual([
      ['n', { kind: 'number', values: [1, Number.NaN, -3, 7] }],
      ['f', { kind: 'number', values: [1.5, Number.NaN, 2, 2] }],
      ['b', { kind: 'number', values: [1, Number.NaN, 0, 0] }],
      ['at', { kind: 'timestamp', values: [1500, Number.NaN, -1000, 0] }],
      ['day', { kind: 'timestamp', values: [86_400_000, Number.NaN, 0, 0] }],
      ['some text', { kind: 'category', codes: [1, -1, 2, 0], categories: ['a', 'b', 'ä'] }],
      ['d', { kind: 'number', values: [2.25, Number.NaN, 1, 1] }],
    ]);
  });

  it.each([
    [undefined, 5_000],
    [5_001, 5_000],
    [1, 1],
    [777, 777],
  ])('with the limit %p takes %i of 5,000 rows, evenly spread', async (limit, rows) => {
    const path = await parquet('SELECT range AS n FROM range(5000)');
    const table = await loadTable(path, ['n'], { limit });
    expect(plain(table.columns.get('n')).values).toEqual(
      Array.from({ length: rows }, (_, i) => Math.floor((i * 5_000) / rows)),
    );
  });

  it('sorts by a column, equal values as in the file', async () => {
    const path = await parquet('SELECT range AS n, range % 3 AS rest FROM range(9000)');
    const { values } = plain((await loadTable(path, ['n'], { orderBy: 'rest' })).columns.get('n')) as {
      values: number[];
    };
    const third = (rest: number) => Array.from({ length: 3_000 }, (_, i) => 3 * i + rest);
    expect(values).toEqual([...third(0), ...third(1), ...third(2)]);
  });

  it('keeps only the categories of the rows that were taken', async () => {
    const path = await parquet("SELECT 'v' || range AS v FROM range(10)");
    expect(plain((await loadTable(path, ['v'], { limit: 2 })).columns.get('v'))).toEqual({
      kind: 'category',
      codes: [0, 1],
      categories: ['v0', 'v5'],
    });
  });

  it('loads a file without rows', async () => {
    const table = await loadTable(await parquet("SELECT 1 AS n, 'a' AS s WHERE false"), ['n', 's']);
    expect([...table.columns.values()].map(plain)).toEqual([
      { kind: 'number', values: [] },
      { kind: 'category', codes: [], categories: [] },
    ]);
  });

  it('says what is wrong', async () => {
    const path = await parquet('SELECT 1 AS n, [1] AS list');
    const broken = join(folder, 'broken.parquet');
    await writeFile(broken, 'PAR1 and no more');
    await expect(loadTable(path, ['q'])).rejects.toMatchObject({ code: 'TABLE_COLUMN_UNKNOWN' });
    await expect(loadTable(path, ['list'])).rejects.toMatchObject({ code: 'TABLE_COLUMN_UNKNOWN' });
    await expect(loadTable(path, ['n'], { limit: 0 })).rejects.toMatchObject({ code: 'DATA_SELECTION_INVALID' });
    await expect(loadTable(broken, ['n'])).rejects.toMatchObject({ code: 'DATA_FILE_UNREADABLE' });
    await expect(loadTable(join(folder, 'none'), ['n'])).rejects.toMatchObject({ code: 'DATA_FILE_NOT_FOUND' });
  });
});

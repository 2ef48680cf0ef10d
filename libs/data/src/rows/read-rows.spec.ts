import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../duckdb/duck-db';
import { openDataFile } from '../files/data-file';
import { fitFile } from './fit-file';
import { countRows, type FieldValue, readRows } from './read-rows';
import type { RowSelection } from './row-selection';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const schema = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };
const N = schema({ name: 'n', type: 'long' });

async function parquet(select: string): Promise<string> {
  const path = join(folder, 'some.parquet');
  const duckDb = await DuckDb.open();
  await duckDb.execute(`COPY (${select}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  duckDb.close();
  return path;
}

async function csv(text: string): Promise<string> {
  const path = join(folder, 'some.csv');
  await writeFile(path, text);
  return path;
}

async function read(path: string, avro: string, selection: RowSelection = {}, skip = 0) {
  const file = await openDataFile(path);
  try {
    const fitted = await fitFile(file, avro);
    const numbers: number[] = [];
    const rows: Record<string, FieldValue>[] = [];
    for await (const batch of readRows(fitted, { selection, skip })) {
      numbers.push(...batch.numbers);
      for (let row = 0; row < batch.rows; row++)
        rows.push(Object.fromEntries(fitted.fields.map((field, f) => [field.name, batch.columns[f]?.[row] ?? null])));
    }
    expect(await countRows(fitted, selection)).toBe(rows.length + skip);
    return { numbers, rows, fitted };
  } finally {
    file.close();
  }
}

describe('data > rows > readRows', () => {
  it('gives all rows in the order of the file, over row groups', async () => {
    const { numbers, rows } = await read(await parquet('SELECT (range * 7) % 10007 AS n FROM range(10000)'), N);
    expect(numbers).toEqual(Array.from({ length: 10_000 }, (_, row) => row));
    expect(rows.map((row) => row.n)).toEqual(numbers.map((row) => (row * 7) % 10_007));
  });

  it.each([1, 3, 7, 999, 1000, 4000])('takes %i of 1,000 rows evenly', async (take) => {
    const { numbers } = await read(await parquet('SELECT range AS n FROM range(1000)'), N, { take });
    const wanted = Math.min(take, 1000);
    expect(numbers).toEqual(Array.from({ length: wanted }, (_, i) => Math.floor((i * 1000) / wanted)));
  });

  it('passes over rows that were read before', async () => {
    const path = await parquet('SELECT range AS n FROM range(5000)');
    const all = await read(path, N, { take: 3000 });
    const rest = await read(path, N, { take: 3000 }, 2500);
    expect(rest.numbers).toEqual(all.numbers.slice(2500));
  });

  it('takes a half-open range of a time, and no row without one', async () => {
    const path = await csv('at,n\n2001-01-01,0\n2001-01-02,1\n,2\n2001-01-03T00:00:00+00:00,3\n');
    const avro = schema({ name: 'at', type: ['null', MILLIS], default: null }, { name: 'n', type: 'int' });
    const where = [{ field: 'at', from: Date.UTC(2001, 0, 1), before: Date.UTC(2001, 0, 3) }];
    expect((await read(path, avro, { where })).numbers).toEqual([0, 1]);
  });

  it('gives every type as an Avro encoder takes it', async () => {
    const path = await csv(
      'b,i,d,s,e,x,at,us,day,gone\ntrue,-5,1.5,ä,RED,hi,2001-01-01T00:00:00.123+01:00,1970-01-01T00:00:01Z,1970-01-03,\n',
    );
    const avro = schema(
      { name: 'b', type: 'boolean' },
      { name: 'i', type: 'int' },
      { name: 'd', type: 'double' },
      { name: 's', type: 'string' },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['RED'] } },
      { name: 'x', type: 'bytes' },
      { name: 'at', type: MILLIS },
      { name: 'us', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'gone', type: ['null', 'double'], default: null },
      { name: 'absent', type: 'int', default: 3 },
    );
    const { rows, fitted } = await read(path, avro);
    expect(rows).toEqual([
      {
        b: true,
        i: -5,
        d: 1.5,
        s: 'ä',
        e: 'RED',
        x: Buffer.from('hi'),
        at: Date.UTC(2000, 11, 31, 23, 0, 0, 123),
        us: 1_000_000,
        day: 2,
        gone: null,
      },
    ]);
    expect(fitted.left).toEqual(['absent']);
  });

  it.each([
    ['an unknown field', { where: [{ field: 'q', from: 1 }] }],
    ['text for a number', { where: [{ field: 'n', from: '1' }] }],
    ['no rows', { take: 0 }],
    ['half a row', { take: 1.5 }],
  ])('refuses a selection with %s', async (_, selection: RowSelection) => {
    const path = await parquet('SELECT range AS n FROM range(10)');
    await expect(read(path, N, selection)).rejects.toMatchObject({ code: 'DATA_SELECTION_INVALID' });
  });
});

describe('data > rows > fitFile', () => {
  it.each([
    ['a field without a column', 'm\n1\n', { name: 'n', type: 'long' }, /no column for n/],
    [
      'text in a number',
      'n\n1\nx\n',
      { name: 'n', type: 'long' },
      /"n" has 1 value\(s\) that are no long, for example "x"/,
    ],
    ['a fraction in an int', 'n\n1.5\n', { name: 'n', type: 'int' }, /"1.5"/],
    ['an int that is too large', 'n\n2147483648\n', { name: 'n', type: 'int' }, /"2147483648"/],
    ['a long that is no exact number', 'n\n9007199254740993\n', { name: 'n', type: 'long' }, /"9007199254740993"/],
    [
      'an unknown symbol',
      'n\nRED\nGREEN\n',
      { name: 'n', type: { type: 'enum', name: 'E', symbols: ['RED'] } },
      /"GREEN"/,
    ],
    ['a time that is none', 'n\n13/01/2001\n', { name: 'n', type: MILLIS }, /"13\/01\/2001"/],
    ['a word that is no truth', 'n\nyes\n', { name: 'n', type: 'boolean' }, /"yes"/],
    ['a missing value', 'n,m\n1,1\n,2\n', { name: 'n', type: 'long' }, /"n" has no value in 1 row/],
    ['a nested field', 'n\n1\n', { name: 'n', type: { type: 'array', items: 'int' } }, /no single value/],
  ])('refuses %s before a row is read', async (_, text, field, message) => {
    const file = await openDataFile(await csv(text));
    await expect(fitFile(file, schema(field))).rejects.toMatchObject({
      code: 'DATA_FILE_DOES_NOT_FIT',
      message: expect.stringMatching(message),
    });
    file.close();
  });

  it('says which columns are not used', async () => {
    const file = await openDataFile(await csv('n,more\n1,2\n'));
    expect((await fitFile(file, N)).unused).toEqual(['more']);
    file.close();
  });
});

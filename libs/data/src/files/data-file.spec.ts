import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CsvOptions, openDataFile } from './data-file';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function csv(text: string | Buffer, options?: CsvOptions) {
  const path = join(folder, 'some.csv');
  await writeFile(path, text);
  const file = await openDataFile(path, options);
  const rows = await file.duckDb.rows<Record<string, unknown>>(`SELECT * FROM ${file.relation} ORDER BY n`);
  file.close();
  return { file, cells: rows.map((row) => file.columns.map((column) => row[column.sql])) };
}

const codeOf = (path: string, options?: CsvOptions) =>
  openDataFile(path, options).then(
    (file) => file.close(),
    (error) => error.code,
  );

describe('data > files > openDataFile', () => {
  it('reads a CSV file with quotes, empty cells and odd names as text', async () => {
    const { file, cells } = await csv('zip code,note\n01234,"a ""b"", c"\n,\n');
    expect(file.format).toBe('csv');
    expect(file.columns.map((column) => [column.name, column.field])).toEqual([
      ['zip code', 'zip_code'],
      ['note', 'note'],
    ]);
    expect(cells).toEqual([
      ['01234', 'a "b", c'],
      [null, null],
    ]);
  });

  it.each([
    [';', 'a;b\n1,5;2\n'],
    ['\t', 'a\tb\n1,5\t2\n'],
    ['|', 'a|b\n1,5|2\n'],
  ])('finds the delimiter %j in the first line', async (_, text) => {
    expect((await csv(text)).cells).toEqual([['1,5', '2']]);
  });

  it('takes a byte order mark, Windows line ends and a last line without an end', async () => {
    const { file, cells } = await csv('\uFEFFa,b\r\n1,2\r\n3,4');
    expect(file.columns[0]?.field).toBe('a');
    expect(cells).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('takes the words that mean missing', async () => {
    expect((await csv('a,b\nNA,1\nnone,2\n', { nulls: ['NA', 'none'] })).cells).toEqual([
      [null, '1'],
      [null, '2'],
    ]);
  });

  const dirty = Buffer.concat([Buffer.from('a,b\n1,2\n3\n4,5,6\n7,8\n'), Buffer.from([0xff, 0xfe, 0x2c, 0x31, 0x0a])]);

  it('refuses lines that are no row and names them', async () => {
    await expect(csv(dirty)).rejects.toMatchObject({
      code: 'CSV_MALFORMED',
      message: expect.stringMatching(/^3 line\(s\).*line 3: .*line 4: /),
    });
  });

  it('skips lines that are no row when asked to', async () => {
    const { file, cells } = await csv(dirty, { skipBadLines: true });
    expect(cells).toEqual([
      ['1', '2'],
      ['7', '8'],
    ]);
    expect(file).toMatchObject({ rows: 2, badLines: { count: 3 } });
  });

  it('says what is wrong with a path', async () => {
    const empty = join(folder, 'empty.csv');
    const odd = join(folder, 'a[1].csv');
    const broken = join(folder, 'broken.parquet');
    await writeFile(empty, '');
    await writeFile(odd, 'a\n1\n');
    await writeFile(broken, 'PAR1 and no more');
    expect(await codeOf(join(folder, 'none.csv'))).toBe('DATA_FILE_NOT_FOUND');
    expect(await codeOf(folder)).toBe('DATA_FILE_UNREADABLE');
    expect(await codeOf(empty)).toBe('DATA_FILE_EMPTY');
    expect(await codeOf(odd)).toBe('DATA_FILE_UNREADABLE');
    expect(await codeOf(broken)).toBe('DATA_FILE_UNREADABLE');
  });
});

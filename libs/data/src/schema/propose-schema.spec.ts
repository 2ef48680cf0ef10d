import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDb } from '../duckdb/duck-db';
import { proposeSchema } from './propose-schema';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fromCsv(...lines: string[]) {
  const path = join(folder, 'dirt.csv');
  await writeFile(path, `${lines.join('\n')}\n`);
  return proposeSchema(path, 'some-dirt');
}

async function fromParquet(select: string) {
  const path = join(folder, 'some.parquet');
  const duckDb = await DuckDb.open();
  await duckDb.execute(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  duckDb.close();
  return proposeSchema(path, 'flights');
}

const typesOf = (proposal: Awaited<ReturnType<typeof proposeSchema>>) =>
  Object.fromEntries(proposal.fields.map((field) => [field.field, field.nullable ? `${field.type}?` : field.type]));

describe('data > schema > proposeSchema', () => {
  it('takes the narrowest type that every cell fits', async () => {
    const proposal = await fromCsv(
      'id,zip,price,ok,when,day,name,gap',
      '1,01234,1.5,true,2001-01-31T13:30:00Z,2001-01-31,a,',
      '-2,99999,1e3,FALSE,2001-02-01 00:00:00+02:00,2001-02-01,7,3',
    );
    expect(typesOf(proposal)).toEqual({
      id: 'long',
      zip: 'string',
      price: 'double',
      ok: 'boolean',
      when: 'timestamp-millis',
      day: 'timestamp-millis',
      name: 'string',
      gap: 'long?',
    });
    expect(proposal.eventTimeFields).toEqual(['when', 'day']);
    expect(proposal.rows).toBe(2);
    expect(proposal.fields[0]).toMatchObject({ min: '-2', max: '1' });
    expect(proposal.fields[4]?.max).toMatch(/^2001-01-31 22:00:00/);
    expect(proposal.sample[0]).toMatchObject({ id: '1', zip: '01234', gap: null });
  });

  it('says why a column that is nearly numbers became text', async () => {
    const proposal = await fromCsv('delay', '1', '2', '3', '4', 'N/A');
    expect(typesOf(proposal)).toEqual({ delay: 'string' });
    expect(proposal.notes).toEqual([expect.stringMatching(/"delay".*1 of 5 cells are no number.*"N\/A"/)]);
  });

  it('says why a column that is nearly times became text', async () => {
    const rows = ['2001-01-01', '2001-01-02', '2001-01-03', '2001-01-04', '13/01/2001'];
    expect((await fromCsv('day', ...rows)).notes).toEqual([
      expect.stringMatching(/"day".*1 of 5 cells are no time.*"13\/01\/2001"/),
    ]);
  });

  it('gives a record that reads well', async () => {
    const { schema } = await fromCsv('zip code,gap', '1,', '2,x');
    expect(schema).toEqual({
      type: 'record',
      name: 'SomeDirt',
      namespace: 'io.millrace.data.some_dirt',
      doc: 'A record of the source some-dirt; proposed from dirt.csv',
      fields: [
        { name: 'zip_code', type: 'long', doc: 'Column "zip code" of the file' },
        { name: 'gap', type: ['null', 'string'], default: null, doc: 'Column "gap" of the file' },
      ],
    });
  });

  it('takes the types of a Parquet file and looks at the rows for what is missing', async () => {
    const proposal = await fromParquet(`SELECT * FROM (VALUES
      (TIMESTAMP '2001-01-01 00:01:00', 33::BIGINT, 1::INTEGER, 'LAS', 1.5::DOUBLE, 1.5::DECIMAL(9,2), DATE '2001-01-01', [1, 2]),
      (TIMESTAMP '2001-01-01 00:02:00', NULL, 2, 'ATL', 2.5, 2.5, DATE '2001-01-02', NULL)
    ) AS t("date", delay, n, origin, x, d, "day", list)`);
    expect(typesOf(proposal)).toEqual({
      date: 'timestamp-millis',
      delay: 'long?',
      n: 'int',
      origin: 'string',
      x: 'double',
      d: 'double',
      day: 'timestamp-millis',
      list: 'string?',
    });
    expect(proposal.notes).toEqual([
      expect.stringMatching(/"d" is DECIMAL/),
      expect.stringMatching(/"list" is INTEGER\[\]/),
    ]);
  });
});

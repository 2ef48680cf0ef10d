import { type Queryable, qualified } from './compare-tables';

const ROWS_A_TIME = 1_000;

/** Makes a table hold these rows and no others. A row names its columns; those that it leaves out are null. */
export async function fillTable(
  database: Queryable,
  schema: string,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const into = qualified(schema, table);
  await database.query(`TRUNCATE ${into}`);
  for (let from = 0; from < rows.length; from += ROWS_A_TIME)
    await database.query(`INSERT INTO ${into} SELECT * FROM jsonb_populate_recordset(NULL::${into}, $1::jsonb)`, [
      JSON.stringify(rows.slice(from, from + ROWS_A_TIME)),
    ]);
}

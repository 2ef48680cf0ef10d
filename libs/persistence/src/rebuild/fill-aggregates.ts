import { type Queryable, qualified } from './compare-tables';

const ROWS_A_TIME = 1_000;

/** Makes a table of aggregates hold these rows and no others. */
export async function fillAggregates(
  database: Queryable,
  schema: string,
  table: string,
  rows: readonly { readonly id: string; readonly version: number; readonly state: unknown }[],
): Promise<void> {
  const into = qualified(schema, table);
  await database.query(`TRUNCATE ${into}`);
  for (let from = 0; from < rows.length; from += ROWS_A_TIME) {
    const some = rows.slice(from, from + ROWS_A_TIME);
    await database.query(
      `INSERT INTO ${into} (id, version, state)
       SELECT id, version, state::jsonb FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (id, version, state)`,
      [some.map(({ id }) => id), some.map(({ version }) => version), some.map(({ state }) => JSON.stringify(state))],
    );
  }
}

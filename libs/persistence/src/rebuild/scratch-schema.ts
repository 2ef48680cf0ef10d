import type { DataSource } from 'typeorm';
import { type Queryable, qualified } from './compare-tables';

/** Where the tables of a schema are built anew: beside it, so that nothing that runs sees them. */
export const scratchSchemaOf = (schema: string): string => `${schema}_rebuild`;

/** Drops what a rebuild has left there. The schema itself stays: the service's role may own it without the right to make one. */
export async function clearScratch(database: Queryable, schema: string): Promise<void> {
  const scratch = scratchSchemaOf(schema);
  const tables = (await database.query('SELECT tablename AS name FROM pg_tables WHERE schemaname = $1', [scratch])) as {
    name: string;
  }[];
  if (tables.length === 0) return;
  await database.query(`DROP TABLE ${tables.map(({ name }) => qualified(scratch, name)).join(', ')} CASCADE`);
}

/** Makes the scratch schema, where the role may, and empties it. */
export async function prepareScratch(live: DataSource, schema: string): Promise<void> {
  const scratch = scratchSchemaOf(schema);
  const found: unknown[] = await live.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [scratch]);
  if (found.length === 0) await live.query(`CREATE SCHEMA "${scratch}"`);
  await clearScratch(live, schema);
}

import { AppError, type TableDifference } from '@millrace/contracts';

/** Any connection that runs SQL: a pool or the manager of a unit of work. */
export interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** What a table holds: the number of its rows, and SHA-256 over them in the order of the primary key. */
export interface TableDigest {
  readonly rows: number;
  readonly hash: string;
}

/** `"schema"."table"`. */
export const qualified = (schema: string, table: string): string => `"${schema}"."${table}"`;

/** Columns of the primary key, in its order. @throws AppError TABLE_WITHOUT_KEY: such a table has no order to be hashed in */
export async function keyOf(database: Queryable, schema: string, table: string): Promise<string[]> {
  const rows = (await database.query(
    `SELECT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
     WHERE indrelid = $1::regclass AND indisprimary ORDER BY array_position(indkey::int2[], attnum)`,
    [qualified(schema, table)],
  )) as { name: string }[];
  if (rows.length > 0) return rows.map(({ name }) => name);
  throw new AppError({
    code: 'TABLE_WITHOUT_KEY',
    message: `Table "${table}" has no primary key, so its rows have no order to be compared in. Give it one, or declare it as work.`,
    retriable: false,
  });
}

/**
 * jsonb is canonical (one spelling of numbers, one order of names), and so is the list of the key's columns; bytes order
 * them, so that no collation plays a part.
 */
export async function digestOf(database: Queryable, table: string, key: readonly string[]): Promise<TableDigest> {
  const [row] = (await database.query(
    `SELECT count(*) AS rows,
            encode(sha256(convert_to(coalesce(string_agg(hash, '' ORDER BY key COLLATE "C"), ''), 'UTF8')), 'hex') AS hash
     FROM (${hashedRows(table, key)}) AS hashed`,
  )) as [{ rows: string; hash: string }];
  return { rows: Number(row.rows), hash: row.hash };
}

/** The first difference between a table as it was and as it was rebuilt; null when they are equal. */
export async function firstDifference(
  database: Queryable,
  was: string,
  rebuilt: string,
  key: readonly string[],
): Promise<TableDifference | null> {
  const [row] = (await database.query(
    `SELECT coalesce(was.key, now.key) AS key, was.key IS NULL AS added, now.key IS NULL AS missing, count(*) OVER () AS rows
     FROM (${hashedRows(was, key)}) AS was FULL JOIN (${hashedRows(rebuilt, key)}) AS now USING (key)
     WHERE was.hash IS DISTINCT FROM now.hash ORDER BY coalesce(was.key, now.key) COLLATE "C" LIMIT 1`,
  )) as { key: string; added: boolean; missing: boolean; rows: string }[];
  if (!row) return null;
  return { key: row.key, how: row.missing ? 'missing' : row.added ? 'added' : 'changed', rows: Number(row.rows) };
}

function hashedRows(table: string, key: readonly string[]): string {
  const columns = key.map((name) => `"${name}"`).join(', ');
  return `SELECT jsonb_build_array(${columns})::text AS key,
                 encode(sha256(convert_to(to_jsonb(one)::text, 'UTF8')), 'hex') AS hash FROM ${table} AS one`;
}

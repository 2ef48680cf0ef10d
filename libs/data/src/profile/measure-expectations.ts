import type { Expectation } from '@millrace/contracts';
import type { DuckDb } from '../duckdb/duck-db';
import { identifier, literal } from '../duckdb/sql-text';
import { columnsOf, type DataColumn } from './columns';
import { isJudgedByRow, rowCondition } from './row-condition';

export interface DataPart {
  readonly part: 'TRAINING' | 'HOLD_OUT';
  readonly path: string;
}

export interface BrokenRow {
  readonly part: DataPart['part'];
  /** From 0, within its file. */
  readonly row: number;
  /** At most 100 characters; null = missing. */
  readonly value: string | null;
}

/** What the rows say about one expectation. */
export interface Measure {
  readonly id: string;
  readonly brokenRows: number;
  readonly samples: readonly BrokenRow[];
  /** Why it could not be measured: its SQL or pattern is wrong. Null = it was. */
  readonly problem: string | null;
}

const SAMPLES = 5;
const SHOWN = 100;

/** Measures the expectations about rows and unique values; the others are judged by the profile alone. */
export async function measureExpectations(
  duckDb: DuckDb,
  relation: string,
  parts: readonly DataPart[],
  expectations: readonly Expectation[],
): Promise<Measure[]> {
  const columns = new Map((await columnsOf(duckDb, relation)).map((column) => [column.name, column]));
  const measures: Measure[] = [];
  const counted = await countAtOnce(duckDb, relation, expectations, columns);
  for (const expectation of expectations) {
    const column = columns.get(expectation.column);
    if (expectation.kind !== 'SQL' && !column) continue;
    if (expectation.kind === 'UNIQUE') measures.push(await measureUnique(duckDb, relation, parts, expectation));
    else if (isJudgedByRow(expectation))
      measures.push(await measureRows(duckDb, relation, parts, expectation, column, counted.get(expectation.id)));
  }
  return measures;
}

/** All conditions that are ours in one scan; those with a user's SQL or pattern may fail, and would take the rest along. */
async function countAtOnce(
  duckDb: DuckDb,
  relation: string,
  expectations: readonly Expectation[],
  columns: ReadonlyMap<string, DataColumn>,
): Promise<ReadonlyMap<string, number>> {
  const safe = expectations.flatMap((expectation) => {
    const condition = mayFail(expectation) ? null : rowCondition(expectation, columns.get(expectation.column));
    return condition === null ? [] : [{ id: expectation.id, condition }];
  });
  if (safe.length === 0) return new Map();
  const asked = safe.map(({ condition }, index) => `count_if(NOT ${condition})::DOUBLE AS c${index}`);
  const row = await duckDb.row<Record<string, number>>(`SELECT ${asked.join(', ')} FROM ${relation}`);
  return new Map(safe.map(({ id }, index) => [id, row[`c${index}`] as number]));
}

const mayFail = ({ kind }: Expectation): boolean => kind === 'SQL' || kind === 'MATCHES';

async function measureRows(
  duckDb: DuckDb,
  relation: string,
  parts: readonly DataPart[],
  expectation: Expectation,
  column: DataColumn | undefined,
  counted: number | undefined,
): Promise<Measure> {
  const { id } = expectation;
  const condition = rowCondition(expectation, column) as string;
  try {
    const brokenRows = counted ?? (await countBroken(duckDb, relation, condition));
    const samples = brokenRows === 0 ? [] : await sample(duckDb, parts, `NOT ${condition}`, column);
    return { id, brokenRows, samples, problem: null };
  } catch (error) {
    if (!mayFail(expectation)) throw error;
    return { id, brokenRows: 0, samples: [], problem: firstLine(error as Error) };
  }
}

async function countBroken(duckDb: DuckDb, relation: string, condition: string): Promise<number> {
  const { broken } = await duckDb.row<{ broken: number }>(
    `SELECT count_if(NOT ${condition})::DOUBLE AS broken FROM ${relation}`,
  );
  return broken;
}

async function measureUnique(
  duckDb: DuckDb,
  relation: string,
  parts: readonly DataPart[],
  { id, column }: Expectation,
): Promise<Measure> {
  const name = identifier(column);
  const { broken } = await duckDb.row<{ broken: number }>(
    `SELECT (count(${name}) - count(DISTINCT ${name}))::DOUBLE AS broken FROM ${relation}`,
  );
  if (broken === 0) return { id, brokenRows: 0, samples: [], problem: null };
  const repeated = `SELECT ${name} FROM ${relation} WHERE ${name} IS NOT NULL GROUP BY ${name} HAVING count(*) > 1 ORDER BY ${name} LIMIT ${SAMPLES}`;
  const samples = await sample(duckDb, parts, `${name} IN (${repeated})`, { name: column });
  return { id, brokenRows: broken, samples, problem: null };
}

async function sample(
  duckDb: DuckDb,
  parts: readonly DataPart[],
  condition: string,
  column: { readonly name: string } | undefined,
): Promise<BrokenRow[]> {
  const value = column ? `left(${identifier(column.name)}::VARCHAR, ${SHOWN})` : 'NULL';
  const found: BrokenRow[] = [];
  for (const { part, path } of parts) {
    if (found.length >= SAMPLES) break;
    const rows = await duckDb.rows<{ row: number; value: string | null }>(
      `SELECT file_row_number::DOUBLE AS row, ${value} AS value
       FROM read_parquet(${literal(path)}, file_row_number = true) WHERE ${condition}
       ORDER BY row LIMIT ${SAMPLES - found.length}`,
    );
    found.push(...rows.map((row) => ({ part, ...row })));
  }
  return found;
}

const firstLine = (error: Error): string => error.message.split('\n')[0]?.slice(0, 300) ?? '';

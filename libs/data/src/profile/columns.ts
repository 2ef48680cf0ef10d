import type { DuckDb } from '../duckdb/duck-db';
import { identifier } from '../duckdb/sql-text';
import type { ColumnKind } from './profile';

export interface DataColumn {
  readonly name: string;
  readonly type: string;
  readonly kind: ColumnKind;
  /** SQL of the value: a DOUBLE for numbers and times, text else; null where it is missing. */
  readonly value: string;
}

/** Squares of larger numbers overflow a double, so they are of no use to a mean or a model. */
const LARGEST = 1e150;

export async function columnsOf(duckDb: DuckDb, relation: string): Promise<DataColumn[]> {
  const described = await duckDb.rows<{ column_name: string; column_type: string }>(
    `DESCRIBE SELECT * FROM ${relation}`,
  );
  return described.map(({ column_name: name, column_type: type }) => {
    const kind = kindOf(type);
    return { name, type, kind, value: valueSql(identifier(name), type, kind) };
  });
}

function kindOf(type: string): ColumnKind {
  if (/^U?(TINY|SMALL|BIG|HUGE)INT$|^U?INTEGER$/.test(type)) return 'integer';
  if (/^(FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/.test(type)) return 'number';
  if (type === 'BOOLEAN') return 'boolean';
  if (/^(TIMESTAMP|DATE$)/.test(type) && !type.endsWith(']')) return 'time';
  return /^(VARCHAR$|UUID$|ENUM\(.*\)$)/.test(type) ? 'text' : 'other';
}

function valueSql(column: string, type: string, kind: ColumnKind): string {
  if (kind === 'integer') return `${column}::DOUBLE`;
  // NaN is greater than any number in DuckDB, so it fails the comparison as infinity does.
  if (kind === 'number') return `CASE WHEN abs(${column}::DOUBLE) <= ${LARGEST} THEN ${column}::DOUBLE END`;
  if (kind === 'time') return `epoch_ms(${column}${type === 'DATE' ? '::TIMESTAMP' : ''}::TIMESTAMP)::DOUBLE`;
  return `${column}::VARCHAR`;
}

export const isNumeric = ({ kind }: { readonly kind: ColumnKind }): boolean => kind === 'integer' || kind === 'number';

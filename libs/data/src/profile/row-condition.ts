import type { Expectation } from '@millrace/contracts';
import { identifier, literal } from '../duckdb/sql-text';
import type { DataColumn } from './columns';

/**
 * SQL that is true where a row holds an expectation, null for kinds that are not about single rows. For NOT_NULL, BETWEEN
 * and IN_SET it says what `brokenBy` of libs/contracts says about the value as decoded from Avro; a spec compares the two.
 */
export function rowCondition(expectation: Expectation, column: DataColumn | undefined): string | null {
  const { kind, sql } = expectation;
  if (kind === 'SQL') return `coalesce((${sql}), true)`;
  if (!column) return null;
  const name = identifier(column.name);
  switch (kind) {
    case 'NOT_NULL':
      return `${name} IS NOT NULL`;
    case 'BETWEEN':
      return `(${name} IS NULL OR ${within(expectation, column)})`;
    case 'IN_SET':
      return `(${name} IS NULL OR ${isOneOf(expectation.values ?? [], column)})`;
    case 'MATCHES':
      return `(${name} IS NULL OR ${matches(expectation.pattern ?? '', column)})`;
    default:
      return null;
  }
}

/** The value as JavaScript has it, NaN and infinity included; days for dates, as in Avro. Null: no number. */
function rawNumber({ name, type, kind }: DataColumn): string | null {
  const column = identifier(name);
  if (kind === 'integer' || kind === 'number') return `${column}::DOUBLE`;
  if (kind !== 'time') return null;
  return type === 'DATE' ? `(${column} - DATE '1970-01-01')::DOUBLE` : `epoch_ms(${column}::TIMESTAMP)::DOUBLE`;
}

function within({ min, max }: Expectation, column: DataColumn): string {
  const value = rawNumber(column);
  if (value === null) return 'false';
  return [
    `NOT isnan(${value})`,
    ...(min === null ? [] : [`${value} >= ${number(min)}`]),
    ...(max === null ? [] : [`${value} <= ${number(max)}`]),
  ].join(' AND ');
}

function isOneOf(values: readonly string[], column: DataColumn): string {
  const value = rawNumber(column);
  if (value === null) return `${identifier(column.name)}::VARCHAR IN (${values.map(literal).join(', ')})`;
  // Only a text that JavaScript would write for a number can equal one.
  const numbers = values.filter((text) => String(Number(text)) === text).map((text) => number(Number(text)));
  return numbers.length === 0 ? 'false' : `${value} IN (${numbers.join(', ')})`;
}

const matches = (pattern: string, { name, kind }: DataColumn): string =>
  kind === 'text' ? `regexp_full_match(${identifier(name)}::VARCHAR, ${literal(pattern)})` : 'false';

const number = (value: number): string => `${literal(String(value))}::DOUBLE`;

export const isJudgedByRow = ({ kind }: Expectation): boolean =>
  kind === 'SQL' || kind === 'NOT_NULL' || kind === 'BETWEEN' || kind === 'IN_SET' || kind === 'MATCHES';

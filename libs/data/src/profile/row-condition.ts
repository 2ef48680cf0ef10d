import { type Expectation, holdsNumbers, inNumbers } from '@millrace/contracts';
import { identifier, literal } from '../duckdb/sql-text';
import type { DataColumn } from './columns';

/**
 * SQL that is true where a row holds an expectation, null for kinds that are not about single rows. For kinds that are about
 * single values it says what `recordChecks` of libs/contracts says about the record; specs compare the two.
 */
export function rowCondition(defined: Expectation, column: DataColumn | undefined): string | null {
  const { kind, sql } = defined;
  if (kind === 'SQL') return `coalesce((${sql}), true)`;
  if (!column) return null;
  const expectation = holdsNumbers(column.kind) ? inNumbers(defined) : defined;
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

/** The value as a number, NaN and infinity included; null: it is none. */
function rawNumber({ name, type, kind }: DataColumn): string | null {
  const column = identifier(name);
  if (kind === 'integer' || kind === 'number') return `${column}::DOUBLE`;
  if (kind === 'boolean') return `${column}::INTEGER::DOUBLE`;
  if (kind !== 'time') return null;
  // Dates reach further than timestamps do, so their days are counted.
  return type === 'DATE'
    ? `(${column} - DATE '1970-01-01')::DOUBLE * ${DAY}`
    : `epoch_ms(${column}::TIMESTAMP)::DOUBLE`;
}

const DAY = 86_400_000;

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
  if (value === null && column.kind !== 'text') return 'false';
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

import { DataError } from '../data-error';
import { literal } from '../duckdb/sql-text';
import type { FieldType } from '../schema/tabular-schema';

/** A condition on the value of a field; the range is half-open. Rows without a value never match. */
export interface RowCondition {
  readonly field: string;
  /** Smallest value taken: a number (milliseconds since 1970 for a time), or text for a text field. */
  readonly from?: number | string;
  /** First value not taken. */
  readonly before?: number | string;
}

/** Which rows of a file are read. */
export interface RowSelection {
  /** So many rows, evenly spread over the file: row floor(i * rows / take) for i = 0, 1 ...; all by default. */
  readonly take?: number;
  /** All must hold. `take` counts rows of the file, so fewer than `take` rows may be left. */
  readonly where?: readonly RowCondition[];
}

/** One text per selection, for digests: selections that name the same rows in the same way have the same text. */
export function canonicalSelection(selection: RowSelection): string {
  const where = (selection.where ?? []).map(({ field, from = null, before = null }) => ({ field, from, before }));
  return JSON.stringify({ take: selection.take ?? null, where });
}

/** A column as SQL that gives the field's JavaScript value, NULL where it has none. */
export interface FieldExpression {
  readonly name: string;
  readonly type: FieldType;
  readonly sql: string;
}

/**
 * The selection as an SQL condition on `n` (number of the row) and the fields' expressions.
 * @throws DataError DATA_SELECTION_INVALID
 */
export function selectionSql(selection: RowSelection, rows: number, fields: readonly FieldExpression[]): string {
  const conditions = [
    ...takeSql(selection.take, rows),
    ...(selection.where ?? []).flatMap((one) => whereSql(one, fields)),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** Row n is floor(i * rows / take) for some i exactly when a multiple of `rows` lies in [n * take, (n + 1) * take). */
function takeSql(take: number | undefined, rows: number): string[] {
  if (take === undefined) return [];
  if (!Number.isSafeInteger(take) || take < 1)
    throw new DataError('DATA_SELECTION_INVALID', `Rows to take must be a whole number from 1, not ${take}.`);
  const integer = rows * take < 2 ** 62 ? 'BIGINT' : 'HUGEINT';
  return take >= rows ? [] : [`(${rows} - (n::${integer} * ${take}) % ${rows}) % ${rows} < ${take}`];
}

function whereSql(condition: RowCondition, fields: readonly FieldExpression[]): string[] {
  const field = fields.find((one) => one.name === condition.field);
  if (!field)
    throw new DataError(
      'DATA_SELECTION_INVALID',
      `There is no field ${condition.field}; there are ${fields.map((one) => one.name).join(', ')}.`,
    );
  const bound = (operator: string, value: number | string | undefined) =>
    value === undefined ? [] : [`${field.sql} ${operator} ${boundSql(field, value)}`];
  return [...bound('>=', condition.from), ...bound('<', condition.before)];
}

const TEXT: ReadonlySet<FieldType> = new Set(['string', 'enum']);
const NO_ORDER: ReadonlySet<FieldType> = new Set(['bytes', 'boolean', 'nested']);

function boundSql(field: FieldExpression, value: number | string): string {
  const fits = TEXT.has(field.type) ? typeof value === 'string' : typeof value === 'number' && Number.isFinite(value);
  if (!fits || NO_ORDER.has(field.type))
    throw new DataError(
      'DATA_SELECTION_INVALID',
      `${JSON.stringify(value)} is no bound for the field ${field.name} (${field.type}).`,
    );
  return typeof value === 'string' ? literal(value) : `${value}::DOUBLE`;
}

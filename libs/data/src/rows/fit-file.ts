import { DataError } from '../data-error';
import { literal } from '../duckdb/sql-text';
import type { DataFile, FileColumn } from '../files/data-file';
import { type FieldType, type TabularField, tabularFields } from '../schema/tabular-schema';
import type { FieldExpression } from './row-selection';

/** A file whose rows all fit a schema. */
export interface FittedFile {
  readonly file: DataFile;
  /** Fields that the file has a column for, in the order of the schema. */
  readonly fields: readonly FieldExpression[];
  /** Columns of the file that the schema has no field for: they are not read. */
  readonly unused: readonly string[];
  /** Optional fields of the schema that the file has no column for: their default or null is taken. */
  readonly left: readonly string[];
}

const SAFE = 2 ** 53;
const PROBLEMS_SHOWN = 5;

/**
 * Matches a file's columns with the fields of an Avro record by name (`fieldNames`), and looks at every row: a value
 * that does not fit its field is found before the first row is read, never in the middle of a load.
 *
 * @param schema Avro JSON of the record.
 * @throws DataError DATA_FILE_DOES_NOT_FIT naming column, number of rows and an example, DATA_SCHEMA_UNUSABLE
 */
export async function fitFile(file: DataFile, schema: string): Promise<FittedFile> {
  const wanted = tabularFields(schema);
  const columns = new Map(file.columns.map((column) => [column.field, column]));
  const missing = wanted.filter((field) => !field.optional && !columns.has(field.name));
  if (missing.length > 0) {
    throw doesNotFit(file, [`it has no column for ${missing.map((field) => field.name).join(', ')}`]);
  }
  const present = wanted.filter((field) => columns.has(field.name));
  const nested = present.filter((field) => field.type === 'nested');
  if (nested.length > 0) {
    throw doesNotFit(file, [`the field ${nested[0]?.name} is no single value, so no column can fill it`]);
  }
  const fields = present.map((field) => expressionOf(field, columns.get(field.name) as FileColumn));
  const names = new Set(wanted.map((field) => field.name));
  await checkRows(file, present, fields);
  return {
    file,
    fields,
    unused: file.columns.filter((column) => !names.has(column.field)).map((column) => column.name),
    left: wanted.filter((field) => !columns.has(field.name)).map((field) => field.name),
  };
}

/** Numbers and times reach JavaScript as doubles, which hold every whole number up to 2^53. */
function expressionOf(field: TabularField, { sql, type }: FileColumn): FieldExpression {
  return { name: field.name, type: field.type, sql: valueSql(field.type, sql, type) };
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/;

function valueSql(type: FieldType, sql: string, sqlType: string): string {
  switch (type) {
    case 'boolean':
      return sqlType === 'VARCHAR'
        ? `(CASE lower(${sql}) WHEN 'true' THEN true WHEN 'false' THEN false END)`
        : `TRY_CAST(${sql} AS BOOLEAN)`;
    case 'timestamp-millis':
      return `(${millisSql(sql, sqlType)})::DOUBLE`;
    case 'timestamp-micros':
      return NUMERIC.test(sqlType) ? `${sql}::DOUBLE` : `epoch_us(TRY_CAST(${sql} AS TIMESTAMPTZ))::DOUBLE`;
    case 'date':
      return NUMERIC.test(sqlType) ? `${sql}::DOUBLE` : `(TRY_CAST(${sql} AS DATE) - DATE '1970-01-01')::DOUBLE`;
    case 'string':
    case 'enum':
      return `CAST(${sql} AS VARCHAR)`;
    case 'bytes':
      return sqlType === 'BLOB' ? sql : `encode(CAST(${sql} AS VARCHAR))`;
    default:
      return `TRY_CAST(${sql} AS DOUBLE)`;
  }
}

/** A number in the column of a time counts milliseconds. A time without an offset is UTC. */
function millisSql(sql: string, sqlType: string): string {
  if (NUMERIC.test(sqlType)) return sql;
  return /^TIMESTAMP|^DATE/.test(sqlType) ? `epoch_ms(${sql}::TIMESTAMP)` : `epoch_ms(TRY_CAST(${sql} AS TIMESTAMPTZ))`;
}

interface Misfits {
  readonly missing: number;
  readonly wrong: number;
  readonly example: string | null;
}

async function checkRows(
  file: DataFile,
  wanted: readonly TabularField[],
  fields: readonly FieldExpression[],
): Promise<void> {
  if (fields.length === 0) throw doesNotFit(file, ['none of its columns is a field of the schema']);
  const list = wanted.map((field, index) => {
    const column = file.columns.find((one) => one.field === field.name) as FileColumn;
    const wrong = wrongSql(field, column.sql, (fields[index] as FieldExpression).sql);
    return `{ missing: (count(*) FILTER (${column.sql} IS NULL))::DOUBLE, wrong: (count(*) FILTER (${wrong}))::DOUBLE,
      example: min(${column.sql}::VARCHAR) FILTER (${wrong}) } AS ${column.sql}`;
  });
  const row = await file.duckDb.row<Record<string, Misfits>>(`SELECT ${list.join(', ')} FROM ${file.relation}`);
  const problems = wanted.flatMap((field) => {
    const column = file.columns.find((one) => one.field === field.name) as FileColumn;
    return problemsOf(field, column, row[column.sql] as Misfits);
  });
  if (problems.length > 0) throw doesNotFit(file, problems);
}

function wrongSql(field: TabularField, column: string, value: string): string {
  const unread = `${column} IS NOT NULL AND ${value} IS NULL`;
  const beyond = (limit: number) =>
    `${unread} OR ${value} <> trunc(${value}) OR ${value} < -${limit} OR ${value} > ${limit - 1}`;
  switch (field.type) {
    case 'int':
    case 'date':
      return beyond(2 ** 31);
    case 'long':
    case 'timestamp-millis':
    case 'timestamp-micros':
      return beyond(SAFE);
    case 'enum':
      return `${value} NOT IN (${(field.symbols ?? []).map(literal).join(', ')})`;
    default:
      return unread;
  }
}

function problemsOf(field: TabularField, column: FileColumn, { missing, wrong, example }: Misfits): string[] {
  return [
    ...(missing > 0 && !field.nullable
      ? [`column "${column.name}" has no value in ${missing} row(s), and the field must not be null`]
      : []),
    ...(wrong > 0
      ? [`column "${column.name}" has ${wrong} value(s) that are no ${field.type}, for example "${example}"`]
      : []),
  ];
}

function doesNotFit(file: DataFile, problems: readonly string[]): DataError {
  const shown = problems.slice(0, PROBLEMS_SHOWN).join('; ');
  return new DataError(
    'DATA_FILE_DOES_NOT_FIT',
    `${file.name} does not fit the schema: ${shown}. Correct the file, or register a source with a schema that fits it.`,
  );
}

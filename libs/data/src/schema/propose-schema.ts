import { type CsvOptions, type DataFile, openDataFile } from '../files/data-file';
import { type InferredColumn, inferCsvTypes } from './infer-csv-types';
import type { FieldType } from './tabular-schema';

export interface ProposedField {
  /** Column as the file calls it. */
  readonly column: string;
  readonly field: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /** Rows without a value. */
  readonly missing: number;
  readonly distinct: number;
  readonly min: string | null;
  readonly max: string | null;
}

export interface SchemaProposal {
  /** Avro JSON of the record. */
  readonly schema: { readonly [key: string]: unknown };
  readonly rows: number;
  readonly fields: readonly ProposedField[];
  /** Fields that can be the event time: a time in every row. */
  readonly eventTimeFields: readonly string[];
  /** The first rows, values as text, keyed by field. */
  readonly sample: readonly Readonly<Record<string, string | null>>[];
  /** What a person should read before taking the proposal. */
  readonly notes: readonly string[];
}

const SAMPLE_ROWS = 5;

/**
 * Proposes the Avro record of a file's rows: names cleaned (`fieldNames`), types from all rows, a field nullable only
 * where a value is missing, times as timestamp-millis.
 *
 * @param file a path, or a file that is open already (and stays open).
 * @param source name of the source: `us-flights` gives the record `io.millrace.data.us_flights.UsFlights`.
 */
export async function proposeSchema(
  file: string | DataFile,
  source: string,
  csv: CsvOptions = {},
): Promise<SchemaProposal> {
  if (typeof file !== 'string') return propose(file, source);
  const opened = await openDataFile(file, csv);
  try {
    return await propose(opened, source);
  } finally {
    opened.close();
  }
}

async function propose(file: DataFile, source: string): Promise<SchemaProposal> {
  const types = file.format === 'csv' ? await inferCsvTypes(file) : await typesOfParquet(file);
  const ranges = await rangesOf(file, types);
  const fields = file.columns.map((column, index) => {
    const { type, present } = types[index] as InferredColumn;
    const missing = file.rows - present;
    return {
      column: column.name,
      field: column.field,
      type,
      nullable: missing > 0,
      missing,
      ...(ranges[index] as Range),
    };
  });
  return {
    schema: avroRecord(file, source, fields),
    rows: file.rows,
    fields,
    eventTimeFields: fields.filter((one) => one.type === 'timestamp-millis' && !one.nullable).map((one) => one.field),
    sample: await sampleOf(file),
    notes: [...badLineNotes(file), ...types.flatMap(({ note }) => (note === undefined ? [] : [note]))],
  };
}

function avroRecord(file: DataFile, source: string, fields: readonly ProposedField[]) {
  const name = source
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  return {
    type: 'record',
    name,
    namespace: `io.millrace.data.${source.replaceAll('-', '_')}`,
    doc: `A record of the source ${source}; proposed from ${file.name}`,
    fields: fields.map(({ field, column, type, nullable }) => ({
      name: field,
      type: nullable ? ['null', avroType(type)] : avroType(type),
      ...(nullable ? { default: null } : {}),
      doc: `Column "${column}" of the file`,
    })),
  };
}

const avroType = (type: FieldType) =>
  type === 'timestamp-millis' ? { type: 'long', logicalType: 'timestamp-millis' } : type;

async function typesOfParquet(file: DataFile): Promise<InferredColumn[]> {
  const list = file.columns.map((column) => `count(${column.sql})::DOUBLE AS ${column.sql}`).join(', ');
  const present = await file.duckDb.row<Record<string, number>>(`SELECT ${list} FROM ${file.relation}`);
  return file.columns.map((column) => ({
    present: present[column.sql] as number,
    ...typeOf(column.name, column.type),
  }));
}

function typeOf(name: string, sqlType: string): { type: FieldType; note?: string } {
  const exact = EXACT[sqlType];
  if (exact !== undefined) return { type: exact };
  if (/^(TIMESTAMP|DATE)/.test(sqlType)) return { type: 'timestamp-millis', ...finer(name, sqlType) };
  if (/^(DECIMAL|U?HUGEINT|UBIGINT)/.test(sqlType))
    return { type: 'double', note: `Column "${name}" is ${sqlType}: as a double it keeps about 15 digits.` };
  return { type: 'string', ...(/^(UUID|TIME|INTERVAL|ENUM)/.test(sqlType) ? {} : asText(name, sqlType)) };
}

const EXACT: Readonly<Record<string, FieldType>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'int',
  SMALLINT: 'int',
  INTEGER: 'int',
  UTINYINT: 'int',
  USMALLINT: 'int',
  UINTEGER: 'long',
  BIGINT: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  VARCHAR: 'string',
  BLOB: 'bytes',
};

const finer = (name: string, sqlType: string): { note?: string } =>
  sqlType === 'TIMESTAMP_NS' ? { note: `Column "${name}" counts nanoseconds: as a time it keeps milliseconds.` } : {};

const asText = (name: string, sqlType: string) => ({
  note: `Column "${name}" is ${sqlType}: it is proposed as text.`,
});

type Range = Pick<ProposedField, 'distinct' | 'min' | 'max'>;

/** Smallest, largest and the number of distinct values (approximate: HyperLogLog), in the order of the type. */
async function rangesOf(file: DataFile, types: readonly InferredColumn[]): Promise<Range[]> {
  const list = file.columns.map((column, index) => {
    const value = ordered(column.sql, types[index]?.type);
    return `{ min: min(${value})::VARCHAR, max: max(${value})::VARCHAR,
      "distinct": approx_count_distinct(${column.sql})::DOUBLE } AS ${column.sql}`;
  });
  const row = await file.duckDb.row<Record<string, Range>>(`SELECT ${list.join(', ')} FROM ${file.relation}`);
  return file.columns.map((column) => row[column.sql] as Range);
}

function ordered(sql: string, type: FieldType | undefined): string {
  if (type === 'bytes') return 'NULL';
  if (type === 'long' || type === 'int') return `TRY_CAST(${sql} AS BIGINT)`;
  if (type === 'double' || type === 'float') return `TRY_CAST(${sql} AS DOUBLE)`;
  return type === 'timestamp-millis' ? `TRY_CAST(${sql} AS TIMESTAMPTZ)` : `CAST(${sql} AS VARCHAR)`;
}

async function sampleOf(file: DataFile): Promise<Record<string, string | null>[]> {
  const list = file.columns.map((column) => `CAST(${column.sql} AS VARCHAR) AS ${column.sql}`).join(', ');
  const rows = await file.duckDb.rows<Record<string, string | null>>(
    `SELECT ${list} FROM ${file.relation} LIMIT ${SAMPLE_ROWS}`,
  );
  return rows.map((row) => Object.fromEntries(file.columns.map((column) => [column.field, row[column.sql] ?? null])));
}

const badLineNotes = ({ badLines }: DataFile): string[] =>
  badLines.count === 0
    ? []
    : [`${badLines.count} line(s) are no row and were skipped: ${badLines.examples.join('; ')}.`];

import { identifier } from '../duckdb/sql-text';
import type { TabularField } from '../schema/tabular-schema';

/** How a field waits in the staging table, and what it becomes in the Parquet file. */
export interface DatasetColumn {
  readonly field: string;
  /** An array, map, record or union, kept as JSON text. */
  readonly nested: boolean;
  /** Type of the staging column. Numbers and times wait as doubles: exact up to 2^53, and appended without a BigInt each. */
  readonly staged: 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'BLOB';
  /** SQL that turns the staging column into the file's. */
  readonly sql: string;
  readonly name: string;
}

/** Columns of a data set for the fields of a record, in order. Nested fields become JSON text. */
export function datasetColumns(fields: readonly TabularField[]): DatasetColumn[] {
  return fields.map((field, index) => {
    const staging = `c${index}`;
    const { staged, sql } = columnOf(field, staging);
    return {
      field: field.name,
      nested: field.type === 'nested',
      staged,
      name: staging,
      sql: `${sql} AS ${identifier(field.name)}`,
    };
  });
}

function columnOf(field: TabularField, c: string): Pick<DatasetColumn, 'staged' | 'sql'> {
  switch (field.type) {
    case 'boolean':
      return { staged: 'BOOLEAN', sql: c };
    case 'int':
      return { staged: 'DOUBLE', sql: `${c}::INTEGER` };
    case 'long':
      return { staged: 'DOUBLE', sql: `${c}::BIGINT` };
    case 'float':
      return { staged: 'DOUBLE', sql: `${c}::FLOAT` };
    case 'double':
      return { staged: 'DOUBLE', sql: c };
    case 'timestamp-millis':
      return { staged: 'DOUBLE', sql: `make_timestamp_ms(${c}::BIGINT)` };
    case 'timestamp-micros':
      return { staged: 'DOUBLE', sql: `make_timestamp(${c}::BIGINT)` };
    case 'date':
      // Avro's days reach a little further than DuckDB's dates; one odd record must not make a source uncuttable.
      return { staged: 'DOUBLE', sql: `TRY(DATE '1970-01-01' + ${c}::INTEGER)` };
    case 'bytes':
      return { staged: 'BLOB', sql: c };
    default:
      return { staged: 'VARCHAR', sql: c };
  }
}

/** A decoded value as its staging column takes it. Bytes inside a nested value are written in base64. */
export function stagedValue(column: DatasetColumn, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  return column.nested ? nestedText(value) : value;
}

/** A nested value as its column holds it. */
export const nestedText = (value: unknown): string => JSON.stringify(value, bytesAsBase64);

function bytesAsBase64(this: unknown, key: string, value: unknown): unknown {
  // Buffer.toJSON has already run: the bytes themselves are still in the holder.
  const original = (this as Record<string, unknown>)[key];
  return Buffer.isBuffer(original) ? original.toString('base64') : value;
}

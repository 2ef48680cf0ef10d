import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { FittedFile } from './fit-file';
import { type RowSelection, selectionSql } from './row-selection';

/** A value as an Avro encoder takes it: times are numbers (milliseconds, microseconds or days, by the field). */
export type FieldValue = number | string | boolean | Buffer | null;

/** Rows that follow each other in the file. */
export interface RowBatch {
  readonly rows: number;
  /** Number of each row in the file, counted from 0. */
  readonly numbers: Float64Array;
  /** One column per field of the fitted file, in its order. */
  readonly columns: readonly (readonly FieldValue[])[];
}

export interface ReadOptions {
  readonly selection?: RowSelection;
  /** So many selected rows are passed over first. */
  readonly skip?: number;
}

/** How many rows a selection leaves. @throws DataError DATA_SELECTION_INVALID */
export async function countRows({ file, fields }: FittedFile, selection: RowSelection = {}): Promise<number> {
  const condition = selectionSql(selection, file.rows, fields);
  const { rows } = await file.duckDb.row<{ rows: number }>(
    `SELECT count(*)::DOUBLE AS rows FROM ${file.relation} WHERE ${condition}`,
  );
  return rows;
}

/**
 * The rows of a file in its order, in batches of at most 2,048, read as they are asked for.
 * The same file and selection give the same rows and numbers, always.
 *
 * @throws DataError DATA_SELECTION_INVALID
 */
export async function* readRows({ file, fields }: FittedFile, options: ReadOptions = {}): AsyncGenerator<RowBatch> {
  const condition = selectionSql(options.selection ?? {}, file.rows, fields);
  const list = fields.map((field) => field.sql).join(', ');
  const sql = `SELECT n::DOUBLE, ${list} FROM ${file.relation} WHERE ${condition} OFFSET ${options.skip ?? 0}`;
  for await (const chunk of file.duckDb.stream(sql)) yield batchOf(chunk);
}

function batchOf(chunk: DuckDBDataChunk): RowBatch {
  const numbers = Float64Array.from(chunk.getColumnValues(0) as number[]);
  const columns = Array.from({ length: chunk.columnCount - 1 }, (_, index) => columnOf(chunk, index + 1));
  return { rows: chunk.rowCount, numbers, columns };
}

function columnOf(chunk: DuckDBDataChunk, index: number): FieldValue[] {
  const values = chunk.getColumnValues(index);
  // Blobs are views into memory of the chunk.
  return values.map((value) =>
    typeof value === 'object' && value !== null && 'bytes' in value ? Buffer.from(value.bytes as Uint8Array) : value,
  ) as FieldValue[];
}

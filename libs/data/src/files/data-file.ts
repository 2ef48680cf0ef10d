import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { DataError } from '../data-error';
import { DuckDb } from '../duckdb/duck-db';
import { identifier, literal } from '../duckdb/sql-text';
import { readCsvHeader } from './csv-header';
import { fieldNames } from './field-name';

export interface CsvOptions {
  /** One character; found in the first line by default. */
  delimiter?: string;
  /** Cells that mean "missing" besides the empty one, for example `NA`. */
  nulls?: readonly string[];
  /** Leave out lines that are no row (wrong number of cells, open quote, no UTF-8). By default such a file is refused. */
  skipBadLines?: boolean;
}

export interface FileColumn {
  /** As the file calls it. */
  readonly name: string;
  /** As an Avro field is called, see `fieldNames`. */
  readonly field: string;
  /** DuckDB type; VARCHAR for every column of a CSV file, whose cells are text until they are cast. */
  readonly type: string;
  /** Its identifier inside `DataFile.relation`. */
  readonly sql: string;
}

export interface BadLines {
  readonly count: number;
  /** The first few, for people: `line 3: Expected Number of Columns: 3 Found: 2`. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;
/** DuckDB reads these as a pattern of file names, and knows no way to write them literally. */
const GLOB = /[*?[\]{}]/;

/** A CSV or Parquet file that rows can be read from. */
export interface DataFile {
  readonly path: string;
  /** File name without its folder, for documents and messages. */
  readonly name: string;
  readonly format: 'csv' | 'parquet';
  /** How it was read. */
  readonly csv: CsvOptions;
  readonly columns: readonly FileColumn[];
  /** Rows that can be read; row n of the file is the n-th of these, counted from 0. */
  readonly rows: number;
  /** Lines left out because of `skipBadLines`. */
  readonly badLines: BadLines;
  /** SQL of all rows in the order of the file: `n` is the number of the row, the columns are called as in `columns`. */
  readonly relation: string;
  readonly duckDb: DuckDb;
  close(): void;
}

/**
 * Opens a data file. What it is, is read from its first bytes (`PAR1` = Parquet), never from its name. A CSV file is
 * read once, to count its rows and find lines that are none.
 *
 * @throws DataError DATA_FILE_NOT_FOUND, DATA_FILE_UNREADABLE, DATA_FILE_EMPTY, CSV_MALFORMED
 */
export async function openDataFile(path: string, csv: CsvOptions = {}): Promise<DataFile> {
  const format = await formatOf(path);
  const duckDb = await DuckDb.open();
  try {
    const content = format === 'parquet' ? await openParquet(path, duckDb) : await openCsv(path, csv, duckDb);
    return { path, name: basename(path), format, csv, duckDb, close: () => duckDb.close(), ...content };
  } catch (error) {
    duckDb.close();
    if (error instanceof DataError) throw error;
    throw unreadable(path, error);
  }
}

type Content = Pick<DataFile, 'columns' | 'rows' | 'badLines' | 'relation'>;

async function formatOf(path: string): Promise<'csv' | 'parquet'> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new DataError('DATA_FILE_NOT_FOUND', `There is no file ${path}.`);
  if (!found.isFile()) throw new DataError('DATA_FILE_UNREADABLE', `${path} is not a file.`);
  if (found.size === 0) throw new DataError('DATA_FILE_EMPTY', `${path} has no bytes.`);
  if (GLOB.test(resolve(path))) {
    throw new DataError(
      'DATA_FILE_UNREADABLE',
      `The path ${resolve(path)} has a character of * ? [ ] { }, which would be read as a pattern. Rename or move the file.`,
    );
  }
  const file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0).finally(() => file.close());
  return buffer.toString('latin1') === 'PAR1' ? 'parquet' : 'csv';
}

async function openParquet(path: string, duckDb: DuckDb): Promise<Content> {
  const source = `read_parquet(${literal(resolve(path))})`;
  const described = await duckDb.rows<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${source}`);
  const { rows } = await duckDb.row<{ rows: number }>(
    `SELECT sum(num_rows)::DOUBLE AS rows FROM parquet_file_metadata(${literal(resolve(path))})`,
  );
  const fields = fieldNames(described.map((column) => column.column_name));
  const columns = described.map((column, index) => ({
    name: column.column_name,
    field: fields[index] as string,
    type: column.column_type,
    sql: `c${index}`,
  }));
  const list = columns.map((column) => `${identifier(column.name)} AS ${column.sql}`).join(', ');
  const relation = `(SELECT row_number() OVER () - 1 AS n, ${list} FROM ${source})`;
  return { columns, rows, badLines: { count: 0, examples: [] }, relation };
}

async function openCsv(path: string, options: CsvOptions, duckDb: DuckDb): Promise<Content> {
  const header = await readCsvHeader(path, options.delimiter);
  const fields = fieldNames(header.columns);
  const columns = header.columns.map((name, index) => ({
    name,
    field: fields[index] as string,
    type: 'VARCHAR',
    sql: `c${index}`,
  }));
  const source = (errors: string) =>
    `read_csv(${literal(resolve(path))}, auto_detect = false, header = true, quote = '"', escape = '"',
      delim = ${literal(header.delimiter)}, nullstr = [${['', ...(options.nulls ?? [])].map(literal).join(', ')}],
      columns = {${columns.map((column) => `${column.sql}: 'VARCHAR'`).join(', ')}}, ${errors})`;

  const { rows } = await duckDb.row<{ rows: number }>(
    `SELECT count(*)::DOUBLE AS rows FROM (SELECT ${columns.map((column) => column.sql).join(', ')} FROM ${source('store_rejects = true')})`,
  );
  const badLines = await badLinesOf(duckDb);
  if (badLines.count > 0 && !options.skipBadLines) throw malformed(path, badLines);
  const list = columns.map((column) => column.sql).join(', ');
  const relation = `(SELECT row_number() OVER () - 1 AS n, ${list} FROM ${source('ignore_errors = true')})`;
  return { columns, rows, badLines, relation };
}

async function badLinesOf(duckDb: DuckDb): Promise<BadLines> {
  const { count } = await duckDb.row<{ count: number }>(
    'SELECT count(DISTINCT line)::DOUBLE AS count FROM reject_errors',
  );
  const examples = await duckDb.rows<{ line: number; message: string }>(
    `SELECT line::DOUBLE AS line, min(error_message) AS message FROM reject_errors GROUP BY line ORDER BY line LIMIT ${EXAMPLES}`,
  );
  return { count, examples: examples.map((one) => `line ${one.line}: ${one.message}`) };
}

function malformed(path: string, badLines: BadLines): DataError {
  return new DataError(
    'CSV_MALFORMED',
    `${badLines.count} line(s) of ${path} are no row: ${badLines.examples.join('; ')}. Correct them, or ask for bad lines to be skipped.`,
    { count: badLines.count },
  );
}

function unreadable(path: string, cause: unknown): DataError {
  const reason = (cause as Error).message.split('\n')[0];
  return new DataError('DATA_FILE_UNREADABLE', `${path} cannot be read: ${reason}`, {}, cause);
}

import { stat } from 'node:fs/promises';
import type { DuckDBVector } from '@duckdb/node-api';
import { DataError } from '../data-error';
import { DuckDb } from '../duckdb/duck-db';
import { identifier, literal } from '../duckdb/sql-text';

/** Numbers (booleans are 0 and 1); NaN is a missing value. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/** Strings as codes into a dictionary that is sorted by code unit and holds no unused value; -1 is a missing value. */
export interface CategoryColumn {
  readonly kind: 'category';
  readonly codes: Int32Array;
  readonly categories: readonly string[];
}

/** Milliseconds since 1970; NaN is a missing value. */
export interface TimestampColumn {
  readonly kind: 'timestamp';
  readonly values: Float64Array;
}

export type TableColumn = NumberColumn | CategoryColumn | TimestampColumn;

/** Columns as typed arrays of `rows` elements each. */
export interface LoadedTable {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, TableColumn>;
}

export interface LoadTableOptions {
  /** At most so many rows, evenly spread: row floor(i * rows / limit) for each i; all by default. */
  readonly limit?: number;
  /** A column to sort by first (rows without a value last, equal ones as in the file); the order of the file by default. */
  readonly orderBy?: string;
  readonly memoryMb?: number;
}

/**
 * Loads columns of a Parquet file into typed arrays. Beside the arrays themselves it needs DuckDB's buffers and one
 * chunk of 2,048 rows: 8 bytes a number or time, 4 bytes a string.
 *
 * @throws DataError DATA_FILE_NOT_FOUND, DATA_FILE_UNREADABLE, TABLE_COLUMN_UNKNOWN, DATA_SELECTION_INVALID
 */
export async function loadTable(
  path: string,
  columns: readonly string[],
  options: LoadTableOptions = {},
): Promise<LoadedTable> {
  if (!(await stat(path).catch(() => null))) throw new DataError('DATA_FILE_NOT_FOUND', `There is no file ${path}.`);
  const duckDb = await DuckDb.open({ memoryMb: options.memoryMb });
  try {
    return await load(duckDb, path, columns, options);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const reason = (cause as Error).message.split('\n')[0];
    throw new DataError('DATA_FILE_UNREADABLE', `${path} cannot be read as Parquet: ${reason}`, {}, cause);
  } finally {
    duckDb.close();
  }
}

async function load(
  duckDb: DuckDb,
  path: string,
  names: readonly string[],
  options: LoadTableOptions,
): Promise<LoadedTable> {
  const source = `read_parquet(${literal(path)})`;
  const types = await typesOf(duckDb, source);
  for (const name of [...names, ...(options.orderBy === undefined ? [] : [options.orderBy])]) checkColumn(types, name);
  const { total } = await duckDb.row<{ total: number }>(`SELECT count(*)::DOUBLE AS total FROM ${source}`);
  const rows = rowsToTake(options.limit, total);
  const builders = names.map((name) => builderOf(types.get(name) as string, rows));
  const list = names.map((name, index) => `${(builders[index] as Builder).sql(identifier(name))} AS c${index}`);
  const sql = `SELECT ${[...list, 'NULL'].join(', ')} FROM ${rowsInOrder(source, options.orderBy)}`;
  let taken = 0;
  let seen = 0;
  for await (const chunk of duckDb.stream(sql)) {
    const end = seen + chunk.rowCount;
    const firstTaken = taken;
    const wanted: number[] = [];
    for (let next = rowAt(taken, rows, total); taken < rows && next < end; next = rowAt(taken, rows, total)) {
      wanted.push(next - seen);
      taken++;
    }
    for (const [index, builder] of builders.entries()) builder.take(chunk.getColumnVector(index), wanted, firstTaken);
    seen = end;
    if (taken === rows) break;
  }
  return { rows, columns: new Map(names.map((name, index) => [name, (builders[index] as Builder).column()])) };
}

/** The number of the row makes the order total where values are equal. */
function rowsInOrder(source: string, orderBy: string | undefined): string {
  if (orderBy === undefined) return source;
  return `(SELECT row_number() OVER () AS "#row", * FROM ${source}) AS t ORDER BY t.${identifier(orderBy)} NULLS LAST, t."#row"`;
}

const rowAt = (index: number, rows: number, total: number): number => Math.floor((index * total) / rows);

function rowsToTake(limit: number | undefined, total: number): number {
  if (limit === undefined) return total;
  if (Number.isSafeInteger(limit) && limit >= 1) return Math.min(limit, total);
  throw new DataError('DATA_SELECTION_INVALID', `The limit must be a whole number from 1, not ${limit}.`);
}

async function typesOf(duckDb: DuckDb, source: string): Promise<Map<string, string>> {
  const described = await duckDb.rows<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${source}`);
  return new Map(described.map((column) => [column.column_name, column.column_type]));
}

function checkColumn(types: ReadonlyMap<string, string>, name: string): void {
  const type = types.get(name);
  if (type !== undefined && kindOf(type) !== undefined) return;
  throw new DataError(
    'TABLE_COLUMN_UNKNOWN',
    type === undefined
      ? `The file has no column "${name}"; it has ${[...types.keys()].join(', ')}.`
      : `Column "${name}" is ${type}, which is no number, time or text.`,
  );
}

function kindOf(type: string): TableColumn['kind'] | undefined {
  if (/^(BOOLEAN$|U?(TINY|SMALL|BIG|HUGE)INT$|U?INTEGER$|FLOAT$|DOUBLE$|DECIMAL\(\d+,\d+\)$)/.test(type))
    return 'number';
  if (/^(TIMESTAMP|DATE$)/.test(type) && !type.endsWith(']')) return 'timestamp';
  return /^(VARCHAR$|UUID$|ENUM\(.*\)$)/.test(type) ? 'category' : undefined;
}

/** Fills one column, a chunk at a time. */
interface Builder {
  sql(column: string): string;
  /** Takes the rows `wanted` of a vector; they become rows `at`, `at + 1` ... */
  take(vector: DuckDBVector, wanted: readonly number[], at: number): void;
  column(): TableColumn;
}

function builderOf(type: string, rows: number): Builder {
  const kind = kindOf(type);
  if (kind === 'category') return new CategoryBuilder(rows);
  return kind === 'timestamp'
    ? new NumberBuilder('timestamp', (column) => `epoch_ms(${column}::TIMESTAMP)::DOUBLE`, rows)
    : new NumberBuilder('number', (column) => `${column}::DOUBLE`, rows);
}

class NumberBuilder implements Builder {
  private readonly values: Float64Array;

  constructor(
    private readonly kind: 'number' | 'timestamp',
    readonly sql: (column: string) => string,
    rows: number,
  ) {
    this.values = new Float64Array(rows);
  }

  take(vector: DuckDBVector, wanted: readonly number[], at: number): void {
    let row = at;
    for (const index of wanted) this.values[row++] = (vector.getItem(index) as number | null) ?? Number.NaN;
  }

  column(): NumberColumn | TimestampColumn {
    return { kind: this.kind, values: this.values };
  }
}

class CategoryBuilder implements Builder {
  private readonly codes: Int32Array;
  private readonly seen = new Map<string, number>();

  constructor(rows: number) {
    this.codes = new Int32Array(rows);
  }

  sql(column: string): string {
    return `${column}::VARCHAR`;
  }

  take(vector: DuckDBVector, wanted: readonly number[], at: number): void {
    let row = at;
    for (const index of wanted) this.codes[row++] = this.codeOf(vector.getItem(index) as string | null);
  }

  /** Codes were given as values appeared; sorted, they depend on the set of values alone. */
  column(): CategoryColumn {
    const categories = [...this.seen.keys()].sort();
    const sorted = new Int32Array(categories.length);
    categories.forEach((category, code) => {
      sorted[this.seen.get(category) as number] = code;
    });
    const { codes } = this;
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row] as number;
      if (code >= 0) codes[row] = sorted[code] as number;
    }
    return { kind: 'category', codes, categories };
  }

  private codeOf(value: string | null): number {
    if (value === null) return -1;
    const known = this.seen.get(value);
    if (known !== undefined) return known;
    this.seen.set(value, this.seen.size);
    return this.seen.size - 1;
  }
}

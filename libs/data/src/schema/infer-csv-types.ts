import type { DataFile, FileColumn } from '../files/data-file';
import type { FieldType } from './tabular-schema';

export interface InferredColumn {
  readonly type: FieldType;
  /** Cells that are not empty. */
  readonly present: number;
  /** What a person should know before the column becomes text. */
  readonly note?: string;
}

interface Counts {
  readonly present: number;
  readonly whole: number;
  readonly leadingZero: number;
  readonly number: number;
  readonly truth: number;
  readonly time: number;
  readonly notNumber: string | null;
  readonly notTime: string | null;
}

/** A column is text that was meant to be something else when at least this share of its cells is that. */
const NEARLY = 0.8;

/**
 * The types of a CSV file's columns: the narrowest of boolean, long, double, timestamp that every cell of the column
 * fits, else string. All cells are looked at, since a type proposed from a sample breaks at the first odd row.
 * Whole numbers with a leading zero stay text (a ZIP code is no number); times are ISO 8601, UTC where no offset is given.
 */
export async function inferCsvTypes(file: DataFile): Promise<InferredColumn[]> {
  const list = file.columns.map((column) => `${countsOf(column)} AS ${column.sql}`).join(',\n');
  const row = await file.duckDb.row<Record<string, Counts>>(`SELECT ${list} FROM ${file.relation}`);
  return file.columns.map((column) => inferred(column, row[column.sql] as Counts));
}

function countsOf({ sql }: FileColumn): string {
  return `{
    present: count(${sql})::DOUBLE,
    whole: (count(*) FILTER (regexp_full_match(${sql}, '[+-]?[0-9]{1,18}')))::DOUBLE,
    "leadingZero": (count(*) FILTER (regexp_full_match(${sql}, '[+-]?0[0-9]+')))::DOUBLE,
    number: count(TRY_CAST(${sql} AS DOUBLE))::DOUBLE,
    truth: (count(*) FILTER (lower(${sql}) IN ('true', 'false')))::DOUBLE,
    time: count(epoch_ms(TRY_CAST(${sql} AS TIMESTAMPTZ)))::DOUBLE,
    "notNumber": min(${sql}) FILTER (TRY_CAST(${sql} AS DOUBLE) IS NULL),
    "notTime": min(${sql}) FILTER (TRY_CAST(${sql} AS TIMESTAMPTZ) IS NULL)
  }`;
}

function inferred(column: FileColumn, counts: Counts): InferredColumn {
  const { present } = counts;
  if (present === 0) return { type: 'string', present, note: `Column "${column.name}" has no value at all.` };
  if (counts.truth === present) return { type: 'boolean', present };
  if (counts.whole === present) return { type: counts.leadingZero === 0 ? 'long' : 'string', present };
  if (counts.number === present && counts.leadingZero === 0) return { type: 'double', present };
  if (counts.time === present) return { type: 'timestamp-millis', present };
  return { type: 'string', present, ...noteOf(column, counts) };
}

function noteOf(column: FileColumn, counts: Counts): { note?: string } {
  const { present, number, time } = counts;
  const nearly = (what: string, fit: number, example: string | null, cure: string) => ({
    note: `Column "${column.name}" is proposed as text: ${present - fit} of ${present} cells are no ${what}, for example "${example}". ${cure}`,
  });
  if (number >= NEARLY * present)
    return nearly('number', number, counts.notNumber, 'If that means "missing", name it as a null and propose again.');
  if (time >= NEARLY * present)
    return nearly('time', time, counts.notTime, 'Write times as 2001-01-31T13:30:00Z, or name what means "missing".');
  return {};
}

import type { DuckDb } from '../duckdb/duck-db';
import { literal } from '../duckdb/sql-text';
import { columnsOf, type DataColumn, isNumeric } from './columns';

/** The cells of a distribution, as `Distribution` of libs/contracts has them. */
export interface CellsAsked {
  readonly column: string;
  /** Numbers: cell 0 is [e0, e1], cell i is (ei, ei+1]. Null: values are counted. */
  readonly edges: readonly number[] | null;
  readonly values: readonly string[] | null;
}

export interface CellCounts {
  readonly column: string;
  /** Between edges: rows below them, in each cell, above them. Of values: rows of each, then all other rows that have a value. */
  readonly counts: readonly number[];
}

/**
 * Counts rows in given cells: all ranges in one scan, values in a grouped scan for each column. A column that is gone, or whose
 * kind has none of the cells, is left out.
 */
export async function countCells(
  duckDb: DuckDb,
  relation: string,
  asked: readonly CellsAsked[],
): Promise<CellCounts[]> {
  if (asked.length === 0) return [];
  const columns = new Map((await columnsOf(duckDb, relation)).map((column) => [column.name, column]));
  const counted = await countRanges(duckDb, relation, asked, columns);
  for (const one of asked) {
    const column = columns.get(one.column);
    if (column && one.values && column.kind !== 'time')
      counted.set(one.column, await countValues(duckDb, relation, column, one.values));
  }
  return asked.flatMap(({ column }) => {
    const counts = counted.get(column);
    return counts ? [{ column, counts }] : [];
  });
}

async function countRanges(
  duckDb: DuckDb,
  relation: string,
  asked: readonly CellsAsked[],
  columns: ReadonlyMap<string, DataColumn>,
): Promise<Map<string, number[]>> {
  const ranges = asked.flatMap(({ column: name, edges }) => {
    const column = columns.get(name);
    return edges && edges.length > 1 && column && isNumeric(column) ? [{ column, edges }] : [];
  });
  if (ranges.length === 0) return new Map();
  const figures = ranges.flatMap(({ column: { value }, edges }, index) => [
    `map_values(histogram(${value}, [${[...edges.slice(1), Number.POSITIVE_INFINITY].map(double).join(', ')}]))::DOUBLE[] AS h${index}`,
    `count_if(${value} < ${double(edges[0] as number)})::DOUBLE AS b${index}`,
  ]);
  const row = await duckDb.row<Record<string, unknown>>(`SELECT ${figures.join(', ')} FROM ${relation}`);
  return new Map(
    ranges.map(({ column, edges }, index) => {
      // Without a single value there is no histogram, and what is compared with null is not counted.
      const counted = (row[`h${index}`] as number[] | null) ?? [];
      const upTo = edges.map((_, cell) => counted[cell] ?? 0);
      const below = (row[`b${index}`] as number | null) ?? 0;
      return [column.name, [below, (upTo[0] as number) - below, ...upTo.slice(1)]];
    }),
  );
}

async function countValues(
  duckDb: DuckDb,
  relation: string,
  column: DataColumn,
  values: readonly string[],
): Promise<number[]> {
  const { value } = column;
  const same = (text: string) => (isNumeric(column) ? `value = ${double(Number(text))}` : `value = ${literal(text)}`);
  const wanted = values.length === 0 ? 'false' : values.map(same).join(' OR ');
  const rows = await duckDb.rows<{ value: string | number | null; count: number }>(
    // Values are grouped first: each row is looked at once, and only different values are compared.
    `SELECT CASE WHEN ${wanted} THEN value END AS value, sum(count)::DOUBLE AS count
     FROM (SELECT ${value} AS value, count(*) AS count FROM ${relation} GROUP BY ALL)
     WHERE value IS NOT NULL GROUP BY ALL`,
  );
  const found = new Map(rows.map((row) => [row.value === null ? null : String(row.value), row.count]));
  return [...values, null].map((text) => found.get(text) ?? 0);
}

const double = (value: number): string =>
  `${literal(value === Number.POSITIVE_INFINITY ? 'infinity' : String(value))}::DOUBLE`;

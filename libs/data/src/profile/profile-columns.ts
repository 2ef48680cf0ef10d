import type { DuckDb } from '../duckdb/duck-db';
import { literal } from '../duckdb/sql-text';
import { type DataColumn, isNumeric } from './columns';
import type { ColumnProfile, ValueCount } from './profile';
import { edgesFrom, SKETCHED, shown, summariseCounts, topOf } from './value-counts';

/** Up to here every value is counted, which makes all figures exact; above, sketches of constant size stand in. */
const COUNTED = 50_000;
const VOCABULARY = 1_000;
const TOP = 10;
/** Longer texts are documents: their values are neither counted nor kept. */
const LONGEST_VALUE = 1_000;

/** What one scan over all columns tells. */
export interface Head {
  readonly rows: number;
  readonly columns: readonly ColumnHead[];
}

export interface ColumnHead {
  readonly column: DataColumn;
  readonly count: number;
  readonly nulls: number;
  readonly distinct: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  /** Bytes of the longest text. */
  readonly longest: number;
}

export async function readHead(duckDb: DuckDb, relation: string, columns: readonly DataColumn[]): Promise<Head> {
  const figures = columns.flatMap((column, index) => {
    const { name, kind, value } = column;
    const raw = `"${name.replaceAll('"', '""')}"`;
    const ranged = isNumeric(column) || kind === 'time';
    return [
      `count(${value})::DOUBLE AS n${index}`,
      `count(*)::DOUBLE - count(${raw}) AS m${index}`,
      `approx_count_distinct(${value})::DOUBLE AS d${index}`,
      ...(ranged ? [`min(${value}) AS a${index}`, `max(${value}) AS b${index}`] : []),
      ...(isNumeric(column) ? [`avg(${value}) AS e${index}`, `stddev_samp(${value}) AS s${index}`] : []),
      ...(kind === 'text' || kind === 'other' ? [`max(strlen(${value}))::DOUBLE AS l${index}`] : []),
    ];
  });
  const row = await duckDb.row<Record<string, number | null>>(
    `SELECT ${['count(*)::DOUBLE AS rows', ...figures].join(', ')} FROM ${relation}`,
  );
  return {
    rows: row.rows as number,
    columns: columns.map((column, index) => ({
      column,
      count: row[`n${index}`] as number,
      nulls: row[`m${index}`] as number,
      distinct: row[`d${index}`] as number,
      min: row[`a${index}`] ?? null,
      max: row[`b${index}`] ?? null,
      mean: row[`e${index}`] ?? null,
      sd: row[`s${index}`] ?? null,
      longest: row[`l${index}`] ?? 0,
    })),
  };
}

/** Whether all values of a column are counted. */
export const isCounted = ({ distinct, longest }: ColumnHead): boolean =>
  distinct <= COUNTED && longest <= LONGEST_VALUE;

/** Full profiles: one grouped scan for each column of few values, two scans for all others together. */
export async function profileColumns(duckDb: DuckDb, relation: string, head: Head): Promise<ColumnProfile[]> {
  const sketches = await sketch(
    duckDb,
    relation,
    head.columns.filter((one) => !isCounted(one) && one.count > 0),
  );
  const profiles: ColumnProfile[] = [];
  for (const one of head.columns)
    profiles.push(
      isCounted(one)
        ? countedProfile(one, head.rows, await countValues(duckDb, relation, one.column))
        : sketchedProfile(one, head.rows, sketches.get(one.column.name)),
    );
  return profiles;
}

/** Every value and how often it occurs, in rising order. */
async function countValues(duckDb: DuckDb, relation: string, { value }: DataColumn): Promise<ValueCount[]> {
  return duckDb.rows<ValueCount>(
    `SELECT value, count(*)::DOUBLE AS count FROM (SELECT ${value} AS value FROM ${relation}) WHERE value IS NOT NULL GROUP BY value ORDER BY value`,
  );
}

interface Sketch {
  readonly quantiles: ReadonlyMap<number, number> | null;
  readonly histogram: ColumnProfile['histogram'];
  readonly top: readonly ValueCount[];
}

async function sketch(
  duckDb: DuckDb,
  relation: string,
  heads: readonly ColumnHead[],
): Promise<ReadonlyMap<string, Sketch>> {
  const known = heads.filter(({ longest }) => longest <= LONGEST_VALUE);
  if (known.length === 0) return new Map();
  const asked = known.map(({ column: { value, kind } }, index) =>
    kind === 'text' || kind === 'other' || kind === 'boolean'
      ? `approx_top_k(${value}, ${TOP}) AS k${index}`
      : `approx_quantile(${value}, [${SKETCHED.join(', ')}]) AS q${index}`,
  );
  const row = await duckDb.row<Record<string, readonly (number | string)[]>>(
    `SELECT ${asked.join(', ')} FROM ${relation}`,
  );
  const plans = known.map((one, index) => {
    const found = row[`q${index}`] as readonly number[] | undefined;
    if (!found) return { one, quantiles: null, edges: null, likely: (row[`k${index}`] ?? []) as readonly string[] };
    const quantiles = new Map(SKETCHED.map((share, at) => [share, found[at] as number]));
    return { one, quantiles, edges: edgesFrom(one.min as number, one.max as number, quantiles), likely: [] };
  });
  const counted = plans.flatMap(({ one, edges, likely }, index) => [
    ...(edges === null ? [] : [`${countsBetween(one.column.value, edges)} AS h${index}`]),
    ...likely.map((text, at) => `count_if(${one.column.value} = ${literal(text)})::DOUBLE AS t${index}_${at}`),
  ]);
  const counts =
    counted.length === 0
      ? {}
      : await duckDb.row<Record<string, unknown>>(`SELECT ${counted.join(', ')} FROM ${relation}`);
  return new Map(
    plans.map(({ one, quantiles, edges, likely }, index) => [
      one.column.name,
      {
        quantiles,
        histogram: edges === null ? null : { edges, counts: counts[`h${index}`] as number[] },
        top: topOf(
          likely.map((value, at) => ({ value, count: counts[`t${index}_${at}`] as number })),
          TOP,
        ),
      },
    ]),
  );
}

/** Counts up to and with each edge but the first, which is the smallest value. */
const countsBetween = (value: string, edges: readonly number[]): string =>
  `map_values(histogram(${value}, [${edges.slice(1).map(asDouble).join(', ')}]))::DOUBLE[]`;

const asDouble = (value: number): string => `${literal(String(value))}::DOUBLE`;

function basics({ column: { name, type, kind }, count, nulls, min, max, mean, sd }: ColumnHead, rows: number) {
  const missing = rows - count;
  return { name, type, kind, count, missing, nonFinite: missing - nulls, min, max, mean, sd };
}

function countedProfile(one: ColumnHead, rows: number, counts: readonly ValueCount[]): ColumnProfile {
  const ranged = one.min !== null;
  const topComplete = counts.length <= (ranged ? TOP : VOCABULARY);
  return {
    ...basics(one, rows),
    distinct: counts.length,
    exact: true,
    ...(ranged ? summariseCounts(counts as { value: number; count: number }[]) : { quantiles: null, histogram: null }),
    top: topOf(counts, topComplete ? VOCABULARY : TOP),
    topComplete,
  };
}

function sketchedProfile(one: ColumnHead, rows: number, found: Sketch | undefined): ColumnProfile {
  return {
    ...basics(one, rows),
    distinct: Math.min(one.distinct, one.count),
    exact: false,
    quantiles: found?.quantiles ? shown(found.quantiles) : null,
    histogram: found?.histogram ?? null,
    top: found?.top ?? [],
    topComplete: false,
  };
}

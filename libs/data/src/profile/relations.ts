import type { DuckDb } from '../duckdb/duck-db';
import { identifier } from '../duckdb/sql-text';
import { type DataColumn, isNumeric } from './columns';
import type { Correlation, LabelAssociation, Profile, TimeGap } from './profile';
import { type ColumnHead, type Head, isCounted } from './profile-columns';

/** Pairs grow with the square of the columns. */
const CORRELATED = 30;
const SAMPLED_ROWS = 500_000;

/** Pearson's r of every pair of the first 30 numeric columns, in one scan. */
export async function correlate(duckDb: DuckDb, relation: string, head: Head): Promise<Correlation[]> {
  const numeric = head.columns.filter(({ column, count }) => isNumeric(column) && count > 1).slice(0, CORRELATED);
  const pairs = numeric.flatMap((a, index) => numeric.slice(index + 1).map((b) => [a.column, b.column] as const));
  if (pairs.length === 0) return [];
  const asked = pairs.map(([a, b], index) => `corr(${a.value}, ${b.value}) AS r${index}`);
  const row = await duckDb.row<Record<string, number | null>>(`SELECT ${asked.join(', ')} FROM ${relation}`);
  return pairs.map(([a, b], index) => ({ a: a.name, b: b.name, r: finite(row[`r${index}`]) }));
}

/**
 * What each column says about the label: Pearson's r for numbers, for texts and booleans of few values the correlation
 * ratio (Fisher 1925, Statistical Methods for Research Workers). The label must be a number or a boolean.
 */
export async function associate(
  duckDb: DuckDb,
  relation: string,
  head: Head,
  label: string | null,
  correlations: readonly Correlation[],
): Promise<LabelAssociation[]> {
  const target = head.columns.find(({ column }) => column.name === label)?.column;
  const asNumber = target && numberOf(target);
  if (!target || !asNumber) return [];
  const found: LabelAssociation[] = [];
  for (const one of head.columns) {
    const { name, kind } = one.column;
    if (name === label) continue;
    if (isNumeric(one.column) && isNumeric(target)) {
      const pair = correlations.find(({ a, b }) => (a === name && b === label) || (a === label && b === name));
      found.push({ column: name, measure: 'pearson', value: pair?.r ?? null });
    } else if ((kind === 'text' || kind === 'boolean') && isCounted(one))
      found.push({ column: name, measure: 'correlation-ratio', value: await ratio(duckDb, relation, one, asNumber) });
  }
  return found;
}

const numberOf = (column: DataColumn): string | null => {
  if (isNumeric(column)) return column.value;
  return column.kind === 'boolean' ? `${identifier(column.name)}::INTEGER::DOUBLE` : null;
};

async function ratio(duckDb: DuckDb, relation: string, one: ColumnHead, label: string): Promise<number | null> {
  const { between, total } = await duckDb.row<{ between: number | null; total: number | null }>(
    `SELECT sum(n * (mean - whole) ** 2) AS between, any_value(total) AS total FROM (
       SELECT n, mean, sum(n * mean) OVER () / sum(n) OVER () AS whole,
              sum(inside) OVER () + sum(n * mean * mean) OVER () - (sum(n * mean) OVER ()) ** 2 / sum(n) OVER () AS total
       FROM (SELECT count(*)::DOUBLE AS n, avg(y) AS mean, var_pop(y) * count(*) AS inside
             FROM (SELECT ${one.column.value} AS x, ${label} AS y FROM ${relation}) WHERE x IS NOT NULL AND y IS NOT NULL
             GROUP BY x ORDER BY x))`,
  );
  return between === null || !total ? null : finite(Math.sqrt(Math.min(1, Math.max(0, between / total))));
}

const finite = (value: number | null | undefined): number | null =>
  value === null || value === undefined || !Number.isFinite(value) ? null : value;

/**
 * Rows that repeat an earlier one. Equal rows have equal hashes, so a sample by hash holds all copies of a row or none:
 * the share among them is an unbiased estimate for all.
 */
export async function countRepeated(
  duckDb: DuckDb,
  relation: string,
  columns: readonly DataColumn[],
  rows: number,
): Promise<Profile['repeatedRows']> {
  const sampledOneIn = Math.max(1, Math.ceil(rows / SAMPLED_ROWS));
  if (rows === 0) return { share: 0, sampledOneIn };
  const hash = `hash(${columns.map(({ name }) => identifier(name)).join(', ')})`;
  const { taken, different } = await duckDb.row<{ taken: number; different: number }>(
    `SELECT count(*)::DOUBLE AS taken, count(DISTINCT h)::DOUBLE AS different
     FROM (SELECT ${hash} AS h FROM ${relation}) WHERE h % ${sampledOneIn} = 0`,
  );
  return { share: taken === 0 ? 0 : (taken - different) / taken, sampledOneIn };
}

const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000];
const LEAST_UNITS = 14;
const ROWS_PER_UNIT = 20;
/** A span of so many units cannot come with 20 rows in each. */
const MOST_UNITS = 1_000_000;

/** Holes in every time column: with 20 rows a unit on average, an empty unit is no accident (Poisson: e^-20). */
export async function findTimeGaps(duckDb: DuckDb, relation: string, head: Head): Promise<TimeGap[]> {
  const gaps: TimeGap[] = [];
  for (const { column, count, min, max } of head.columns) {
    if (column.kind !== 'time' || min === null || max === null) continue;
    const unitMs = UNITS_MS.find((unit) => (max - min) / unit >= LEAST_UNITS);
    if (unitMs === undefined) continue;
    const units = Math.floor(max / unitMs) - Math.floor(min / unitMs) + 1;
    if (units > MOST_UNITS || count / units < ROWS_PER_UNIT) continue;
    const filled = await duckDb.rows<{ unit: number }>(
      `SELECT DISTINCT floor(${column.value} / ${unitMs}) AS unit FROM ${relation} WHERE ${identifier(column.name)} IS NOT NULL ORDER BY unit`,
    );
    const gap = longestGap(filled.map(({ unit }) => unit));
    if (gap)
      gaps.push({
        column: column.name,
        unitMs,
        empty: units - filled.length,
        from: gap.from * unitMs,
        to: gap.to * unitMs,
      });
  }
  return gaps;
}

function longestGap(units: readonly number[]): { from: number; to: number } | null {
  let longest: { from: number; to: number } | null = null;
  for (let index = 1; index < units.length; index++) {
    const [from, to] = [(units[index - 1] as number) + 1, units[index] as number];
    if (to > from && (longest === null || to - from > longest.to - longest.from)) longest = { from, to };
  }
  return longest;
}

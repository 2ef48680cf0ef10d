import { type Distribution, type Expectation, isKeepable } from '@millrace/contracts';
import { compareShares } from '@millrace/evaluation';
import type { ExpectationSet } from './expectation-set';
import type { CellCounts, ProfiledColumn } from './profiled-data';

/** With fewer rows to a value, the next data set brings new ones for sure. */
export const ROWS_PER_VALUE = 10;
const VALUES = 50;

/**
 * How a column is distributed, as far as it can be compared later: the profile's own bins for numbers, their values where
 * there are few, the most frequent values of texts and booleans. Times go on, and what hardly recurs has no shares.
 */
export function distributionOf(column: ProfiledColumn): Distribution | null {
  const { kind, count, distinct, histogram, top, topComplete } = column;
  if (count === 0) return null;
  const isNumber = kind === 'integer' || kind === 'number';
  if (isNumber && !topComplete)
    return histogram && { edges: [...histogram.edges], values: null, counts: [...histogram.counts] };
  if (!isNumber && ((kind !== 'text' && kind !== 'boolean') || distinct * ROWS_PER_VALUE > count)) return null;
  // What no fact can hold is among the others, here and when rows are counted.
  const shown = top.filter(({ value }) => isKeepable(String(value))).slice(0, VALUES);
  const others = count - shown.reduce((sum, one) => sum + one.count, 0);
  return {
    edges: null,
    values: shown.map(({ value }) => String(value)),
    counts: [...shown.map((one) => one.count), Math.max(0, others)],
  };
}

/** The cells that the rows of the next data set are to be counted in: of the columns whose drift is judged. */
export function cellsAsked({ expectations, observed }: Pick<ExpectationSet, 'expectations' | 'observed'>) {
  const judged = new Set(expectations.filter(({ kind }) => kind === 'DRIFT').map(({ column }) => column));
  return observed.flatMap(({ column, distribution }) =>
    distribution && judged.has(column) ? [{ column, edges: distribution.edges, values: distribution.values }] : [],
  );
}

/** How likely shares that are so different would be by chance: rows of one source come in runs, so one in a thousand says little. */
const CHANCE = 1e-4;
const NAMED = 3;

/**
 * Whether a column is distributed as in the data set that it is compared with: the PSI of the cells, without what chance
 * explains by the sizes of both, must not exceed `max`; and the difference must be sure (chi-square), for in a few hundred
 * rows a large PSI may be chance as well.
 *
 * @param dataset that the reference was taken from.
 */
export function judgeDistribution(
  { column, max }: Expectation,
  reference: Distribution,
  dataset: string,
  { counts }: CellCounts,
): { readonly observed: number; readonly reason: string } | null {
  const before = reference.edges ? [0, ...reference.counts, 0] : reference.counts;
  if (before.length !== counts.length) return null;
  const compared = compareShares(reference.edges ? 'NUMBER' : 'CATEGORY', before, counts);
  if (!compared) return null;
  const { psi, psiNoise, chiSquare } = compared;
  if (psi - psiNoise <= (max ?? Number.POSITIVE_INFINITY) || chiSquare.pValue > CHANCE) return null;
  const [m, n] = [total(before), total(counts)];
  const moved = before
    .map((rows, cell) => ({ cell, was: rows / m, is: (counts[cell] as number) / n }))
    .sort((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was) || a.cell - b.cell)
    .slice(0, NAMED)
    .map(({ cell, was, is }) => `${cellName(reference, cell)} from ${percent(was)} to ${percent(is)}`);
  return {
    observed: psi,
    reason: `The distribution of ${column} has moved from that of ${dataset}: PSI ${figure(psi)}, of which chance explains ${figure(psiNoise)} and ${figure(max ?? 0)} more is allowed; ${moved.join(', ')}.`,
  };
}

function cellName({ edges, values }: Distribution, cell: number): string {
  if (!edges) return values && cell < values.length ? `${cut(values[cell] as string)}` : 'other values';
  if (cell === 0) return `below ${figure(edges[0] as number)}`;
  if (cell === edges.length) return `above ${figure(edges.at(-1) as number)}`;
  return `${figure(edges[cell - 1] as number)} to ${figure(edges[cell] as number)}`;
}

const cut = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 57)}...`);
const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const figure = (value: number): string => String(Number(value.toPrecision(4)));

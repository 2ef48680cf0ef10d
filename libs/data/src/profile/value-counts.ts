import type { ValueCount } from './profile';

const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
const BINS = 20;

/** Probabilities that a sketch of a column must answer: those that are shown, and the edges between the bins. */
export const SKETCHED: readonly number[] = [
  ...new Set([...QUANTILES, ...Array.from({ length: BINS - 1 }, (_, index) => (index + 1) / BINS)]),
].sort((a, b) => a - b);

/** Quantiles and histogram from the counts of all values, which come in rising order. Exact. */
export function summariseCounts(counts: readonly { readonly value: number; readonly count: number }[]) {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const atLeast = new Map<number, number>();
  let reached = 0;
  let next = 0;
  for (const { value, count } of counts) {
    reached += count;
    while (next < SKETCHED.length && reached >= (SKETCHED[next] as number) * total)
      atLeast.set(SKETCHED[next++] as number, value);
  }
  const min = counts[0]?.value as number;
  const max = counts.at(-1)?.value as number;
  const edges = edgesFrom(min, max, atLeast);
  return { quantiles: shown(atLeast), histogram: { edges, counts: countBetween(edges, counts) } };
}

/** Edges at every 5 % of the rows; equal ones fall together. */
export function edgesFrom(min: number, max: number, quantiles: ReadonlyMap<number, number>): number[] {
  const inner = Array.from({ length: BINS - 1 }, (_, index) => quantiles.get((index + 1) / BINS) as number);
  const edges = [...new Set([min, ...inner, max])].filter((edge) => edge >= min && edge <= max).sort((a, b) => a - b);
  return edges.length === 1 ? [min, max] : edges;
}

export const shown = (quantiles: ReadonlyMap<number, number>): Record<string, number> =>
  Object.fromEntries(QUANTILES.map((share) => [String(share), quantiles.get(share) as number]));

function countBetween(
  edges: readonly number[],
  counts: readonly { readonly value: number; readonly count: number }[],
): number[] {
  const bins = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  for (const { value, count } of counts) {
    while (bin < bins.length - 1 && value > (edges[bin + 1] as number)) bin++;
    bins[bin] = (bins[bin] as number) + count;
  }
  return bins;
}

/** By falling count, then by value, so that the order is a function of the counts alone. */
export function topOf(counts: readonly ValueCount[], most: number): ValueCount[] {
  return [...counts].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, most);
}

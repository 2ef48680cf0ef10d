/** Rows per cell of one distribution. Two of them are compared cell by cell and have the same length. */
export type Cells = readonly number[];

export const totalOf = (cells: Cells): number => cells.reduce((sum, count) => sum + count, 0);

/** The least number of rows that a cell must lead to expect in the smaller sample for its square to follow chi-square (Cochran 1954). */
export const LEAST_EXPECTED = 5;

/**
 * Puts neighbouring cells together until each one lets at least five rows expect in both samples; what is left at the end joins
 * the last one. The choice rests on the sum of both samples, so it does not favour a difference.
 * @param order NUMBER keeps the order, so neighbours are neighbouring values; CATEGORY pools the rarest with each other.
 */
export function poolCells(
  reference: Cells,
  window: Cells,
  order: 'NUMBER' | 'CATEGORY',
): { reference: number[]; window: number[] } {
  const both = reference.map((count, cell) => count + window[cell]);
  const places = both.map((_, cell) => cell);
  if (order === 'CATEGORY') places.sort((a, b) => both[b] - both[a] || a - b);
  const sizes = [totalOf(reference), totalOf(window)];
  const least = (LEAST_EXPECTED * (sizes[0] + sizes[1])) / Math.min(...sizes);
  const pooled = { reference: [] as number[], window: [] as number[] };
  let group = { reference: 0, window: 0 };
  for (const cell of places) {
    group.reference += reference[cell];
    group.window += window[cell];
    if (group.reference + group.window < least) continue;
    pooled.reference.push(group.reference);
    pooled.window.push(group.window);
    group = { reference: 0, window: 0 };
  }
  const last = Math.max(0, pooled.reference.length - 1);
  pooled.reference[last] = (pooled.reference[last] ?? 0) + group.reference;
  pooled.window[last] = (pooled.window[last] ?? 0) + group.window;
  return pooled;
}

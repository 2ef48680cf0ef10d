import type { CategoricalColumn } from '../table/table';
import { categoryText } from './category-text';

/** The missing category. */
export const MISSING_CATEGORY = '';

/**
 * Gives each distinct string one index: the dictionary's duplicates are merged, texts that are one to
 * the graph (`categoryText`) are one here, and missing counts as the empty string.
 * The order is by code unit, so it does not depend on how the dictionary was made.
 */
export function indexCategories(column: CategoricalColumn): { categories: string[]; indexOfRow: Int32Array } {
  const used = new Set<string>();
  const seen = new Uint8Array(column.categories.length + 1);
  for (const code of column.codes) seen[code + 1] = 1;
  if (seen[0]) used.add(MISSING_CATEGORY);
  for (const [code, text] of column.categories.entries()) if (seen[code + 1]) used.add(categoryText(text));
  const categories = [...used].sort(byCodeUnit);
  return { categories, indexOfRow: translateCodes(column, categories, -1) };
}

/** The position in `categories`, which are as `indexCategories` gave them, of each row's text; or `absent`. */
export function translateCodes(column: CategoricalColumn, categories: readonly string[], absent: number): Int32Array {
  const position = new Map(categories.map((category, index) => [category, index]));
  const ofCode = Int32Array.from(
    [MISSING_CATEGORY, ...column.categories],
    (category) => position.get(categoryText(category)) ?? absent,
  );
  return column.codes.map((code) => ofCode[code + 1]);
}

export function countIndices(indices: Int32Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const index of indices) counts[index]++;
  return counts;
}

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

import type { CategoricalColumn } from '../table/table';
import { byCodeUnit, countIndices, indexCategories } from './count-categories';

/** The most frequent categories, most frequent first; equal counts by code unit. */
export function fitOneHot(column: CategoricalColumn, maxCategories: number): string[] {
  const { categories, indexOfRow } = indexCategories(column);
  const counts = countIndices(indexOfRow, categories.length);
  return categories
    .map((category, index) => ({ category, count: counts[index] }))
    .sort((a, b) => b.count - a.count || byCodeUnit(a.category, b.category))
    .slice(0, maxCategories)
    .map(({ category }) => category);
}

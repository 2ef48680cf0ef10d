import type { CategoryWindowState } from '../windows/category-window';
import type { NumberWindowState } from '../windows/number-window';
import type { CategoryReference, NumberReference } from '../windows/reference-profile';
import { type Cells, totalOf } from './cells';

/** Rows that should be few, each kind tested by itself. */
export type RareCount = 'MISSING' | 'NOT_A_NUMBER' | 'BELOW_RANGE' | 'ABOVE_RANGE' | 'UNSEEN';

/** References and windows keep the same counts under the same names. */
type Counted =
  | Pick<NumberReference | NumberWindowState, 'kind' | 'counts' | 'below' | 'above' | 'missing' | 'notANumber'>
  | Pick<CategoryReference | CategoryWindowState, 'kind' | 'counts' | 'unseen' | 'missing'>;

/** The distribution of what is there: values out of range at the ends, unseen categories last; missing and NaN are not in it. */
export const cellsOf = (counted: Counted): Cells =>
  counted.kind === 'NUMBER' ? [counted.below, ...counted.counts, counted.above] : [...counted.counts, counted.unseen];

export function rareCountsOf(counted: Counted): Partial<Record<RareCount, number>> {
  if (counted.kind === 'CATEGORY') return { MISSING: counted.missing, UNSEEN: counted.unseen };
  return {
    MISSING: counted.missing,
    NOT_A_NUMBER: counted.notANumber,
    BELOW_RANGE: counted.below,
    ABOVE_RANGE: counted.above,
  };
}

export const rowsOf = (counted: Counted): number =>
  totalOf(cellsOf(counted)) + counted.missing + (counted.kind === 'NUMBER' ? counted.notANumber : 0);

import { indexCategories, MISSING_CATEGORY } from '../features/count-categories';
import type { Input } from '../features/feature-step';
import { columnOf, type NumericColumn, type Table } from '../table/table';

/** What training saw of one input; the signature is made from it. */
export interface InputProfile extends Input {
  /** Training met missing values, so a request may leave the value out. */
  readonly optional: boolean;
  /** Smallest and largest number; null for categories, and for times, since every request lies later than training. */
  readonly min: number | null;
  readonly max: number | null;
  /** All categories, sorted by code unit; null for other kinds, and beyond the limit, where checking would mislead. */
  readonly categories: readonly string[] | null;
}

export const MAX_SIGNATURE_CATEGORIES = 10_000;

export function profileInputs(inputs: readonly Input[], table: Table): InputProfile[] {
  return inputs.map((input) => profileInput(input, table));
}

function profileInput(input: Input, table: Table): InputProfile {
  const base = { name: input.name, kind: input.kind, meaning: input.meaning ?? '' };
  switch (input.kind) {
    case 'NUMBER':
      return { ...base, ...profileNumbers(columnOf(table, input.name, 'NUMBER')), categories: null };
    case 'CATEGORY': {
      const { categories } = indexCategories(columnOf(table, input.name, 'CATEGORY'));
      const present = categories.filter((category) => category !== MISSING_CATEGORY);
      const listed = present.length <= MAX_SIGNATURE_CATEGORIES ? present : null;
      return { ...base, optional: present.length < categories.length, min: null, max: null, categories: listed };
    }
    case 'TIME':
      return { ...base, optional: false, min: null, max: null, categories: null };
  }
}

function profileNumbers({ values }: NumericColumn): { optional: boolean; min: number | null; max: number | null } {
  let optional = false;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (Number.isNaN(value)) optional = true;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { optional, min, max } : { optional, min: null, max: null };
}

import type { Slice } from '@millrace/contracts';
import type { CategoryReference } from '@millrace/evaluation';
import type { Reference } from './reference';

/** Most frequent values of a feature that get a slice of their own; all others share one. */
const VALUES_MAX = 20;
/** Longer values are too long for the key of a table. */
const LENGTH_MAX = 200;
const OTHERS = '*';

/** `flights-late: origin, carrier; other: country` as endpoint -> features; null when it is written otherwise. */
export function declaredSlices(text: string): ReadonlyMap<string, readonly string[]> | null {
  const declared = new Map<string, string[]>();
  for (const part of text.split(';').filter((one) => one.trim() !== '')) {
    const [endpoint = '', features = '', ...more] = part.split(':').map((one) => one.trim());
    const names = features.split(',').map((one) => one.trim());
    if (endpoint === '' || more.length > 0 || names.some((name) => name === '')) return null;
    declared.set(endpoint, names);
  }
  return declared;
}

/** Finds the slices of rows, each by what its own version has seen in training. */
export class Slicers {
  private readonly slicers = new Map<Reference, Slicer>();

  constructor(private readonly declared: readonly string[]) {}

  of(reference: Reference, features: Readonly<Record<string, unknown>>): Slice[] {
    let slicer = this.slicers.get(reference);
    if (!slicer) {
      slicer = new Slicer(reference, this.declared);
      this.slicers.set(reference, slicer);
    }
    return slicer.of(features);
  }
}

/** Finds the slices of a row: one for each declared feature that is a category in training. */
export class Slicer {
  private readonly features: readonly { readonly feature: string; readonly values: ReadonlySet<string> }[];

  constructor(reference: Reference, declared: readonly string[]) {
    this.features = declared.flatMap((feature) => {
      const column = reference.profile.columns.find(({ role, name }) => role === 'FEATURE' && name === feature);
      if (column?.kind !== 'CATEGORY') return [];
      // PostgreSQL keeps no U+0000.
      const values = mostFrequent(column).filter((value) => !value.includes('\u0000') && value.length <= LENGTH_MAX);
      return [{ feature, values: new Set(values) }];
    });
  }

  of(features: Readonly<Record<string, unknown>>): Slice[] {
    return this.features.flatMap(({ feature, values }) => {
      const value = features[feature];
      if (value === null || value === undefined) return [];
      const text = String(value);
      return [{ feature, value: values.has(text) ? text : OTHERS }];
    });
  }
}

function mostFrequent({ categories, counts }: CategoryReference): string[] {
  return categories
    .map((category, index) => ({ category, count: counts[index] as number }))
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1))
    .slice(0, VALUES_MAX)
    .map(({ category }) => category);
}

import type { Distribution } from '@millrace/contracts';

/**
 * An event has at most 1 MiB, and one that is larger could never leave the outbox. So everything that grows with the data
 * has a budget, bytes of UTF-8; what is cut from an event stands in the profile. `event-budget.spec.ts` fills them all.
 */
export const BUDGET = {
  columns: 300,
  /** Names of columns: each expectation, summary and suspicion repeats them. */
  names: 20_000,
  /** Vocabularies of all columns together; a set of expectations holds them twice. */
  vocabularies: 98_304,
  /** Distributions of all columns together. */
  distributions: 65_536,
  suspicions: 300,
  broken: 100,
  /** What users define for one source. */
  defined: 262_144,
} as const;

export const bytesOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);

/** The vocabularies that fit, column by column; those that do not are given up. */
export function withinBudget<C extends { readonly values: readonly string[] | null }>(columns: readonly C[]): C[] {
  let left = BUDGET.vocabularies;
  return columns.map((column) => {
    if (column.values === null) return column;
    const bytes = bytesOf(column.values);
    if (bytes > left) return { ...column, values: null };
    left -= bytes;
    return column;
  });
}

/** The first columns whose names fit. */
export function namedWithinBudget<C extends { readonly name: string }>(columns: readonly C[]): C[] {
  let left = BUDGET.names;
  return columns.slice(0, BUDGET.columns).filter(({ name }) => {
    left -= Buffer.byteLength(name);
    return left >= 0;
  });
}

/** The distributions that fit, column by column; those that do not are given up, and with them what is said about drift. */
export function distributedWithinBudget<C extends { readonly distribution: Distribution | null }>(
  columns: readonly C[],
): C[] {
  let left = BUDGET.distributions;
  return columns.map((column) => {
    if (column.distribution === null) return column;
    const { edges, values, counts } = column.distribution;
    // A double has eight bytes, and so much at most takes a count below 2^55.
    const bytes = 8 * ((edges?.length ?? 0) + counts.length) + bytesOf(values ?? []);
    if (bytes > left) return { ...column, distribution: null };
    left -= bytes;
    return column;
  });
}

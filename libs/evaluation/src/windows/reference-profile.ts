import { EvaluationError } from '../evaluation-error';

/** Where a window finds the value of a column: in what was asked, in what the model said, or in what came true. */
export type ColumnRole = 'FEATURE' | 'PREDICTION' | 'OUTCOME';

/** How a number was distributed when the model was trained. Counts are rows; all of them together are the rows of the reference. */
export interface NumberReference {
  readonly kind: 'NUMBER';
  readonly role: ColumnRole;
  readonly name: string;
  /** Ascending, one more than `counts`: bin i is [edges[i], edges[i + 1]), the last bin includes its end. Fixed for ever. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
  readonly missing: number;
  readonly notANumber: number;
}

/** How a category was distributed when the model was trained; `unseen` are rows of values that are not listed. */
export interface CategoryReference {
  readonly kind: 'CATEGORY';
  readonly role: ColumnRole;
  readonly name: string;
  readonly categories: readonly string[];
  readonly counts: readonly number[];
  readonly unseen: number;
  readonly missing: number;
}

export type ColumnReference = NumberReference | CategoryReference;

/** What windows are compared with. `id` names it for ever: states made with another profile are refused. */
export interface ReferenceProfile {
  readonly id: string;
  readonly columns: readonly ColumnReference[];
}

/** Above this a value is counted as below or above the range but takes no part in mean and variance, whose squares would overflow. */
export const LARGEST_MOMENT = 1e150;

/**
 * The reference of a number from its training values (null = missing): at most `bins` bins of about equal mass, its edges
 * among the values, the first and last at their minimum and maximum.
 */
export function numberReference(
  name: string,
  values: readonly (number | null)[],
  { role = 'FEATURE', bins = 10 }: { role?: ColumnRole; bins?: number } = {},
): NumberReference {
  const sorted = Float64Array.from(
    values.filter((value) => value !== null && Number.isFinite(value)) as number[],
  ).sort();
  const missing = values.filter((value) => value === null).length;
  const edges = edgesOf(sorted, bins);
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of sorted) counts[binOf(edges, value)]++;
  const infinite = (sign: number) => values.filter((value) => value === sign * Number.POSITIVE_INFINITY).length;
  const [below, above] = [infinite(-1), infinite(1)];
  const notANumber = values.length - missing - sorted.length - below - above;
  return { kind: 'NUMBER', role, name, edges, counts, below, above, missing, notANumber };
}

/** The reference of a category from its training values (null = missing), most frequent first; the rarest beyond `limit` count as unseen. */
export function categoryReference(
  name: string,
  values: readonly (string | null)[],
  { role = 'FEATURE', limit = 100 }: { role?: ColumnRole; limit?: number } = {},
): CategoryReference {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const listed = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    kind: 'CATEGORY',
    role,
    name,
    categories: listed.slice(0, limit).map(([category]) => category),
    counts: listed.slice(0, limit).map(([, count]) => count),
    unseen: listed.slice(limit).reduce((sum, [, count]) => sum + count, 0),
    missing: values.filter((value) => value === null).length,
  };
}

/** The bin of `value`; -1 below the first edge, the number of bins above the last. `value` is no NaN. */
export function binOf(edges: ArrayLike<number>, value: number): number {
  const bins = edges.length - 1;
  if (value < edges[0]) return -1;
  if (value >= edges[bins]) return value === edges[bins] ? bins - 1 : bins;
  let low = 0;
  let high = bins;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value < edges[middle]) high = middle;
    else low = middle;
  }
  return low;
}

/** Throws EVALUATION_PROFILE_INVALID with the first thing that no window could be compared with. */
export function checkProfile(profile: ReferenceProfile): void {
  const seen = new Set<string>();
  for (const column of profile.columns) {
    const fault = faultOf(column) ?? (seen.has(keyOf(column)) ? 'stands twice in the profile' : undefined);
    if (fault) {
      throw new EvaluationError(
        'EVALUATION_PROFILE_INVALID',
        `${column.role} ${column.name} of reference profile ${profile.id} ${fault}; make the profile anew from the training data.`,
      );
    }
    seen.add(keyOf(column));
  }
}

/** Names a column among all of a profile. */
export const keyOf = ({ role, name }: ColumnReference): string => `${role} ${name}`;

function faultOf(column: ColumnReference): string | undefined {
  const cells = column.kind === 'NUMBER' ? column.edges.length - 1 : column.categories.length;
  if (column.counts.length !== cells || cells < 1) return `has ${column.counts.length} counts for ${cells} cells`;
  const others = column.kind === 'NUMBER' ? [column.below, column.above, column.notANumber] : [column.unseen];
  const wrong = [...column.counts, ...others, column.missing].find((n) => !Number.isSafeInteger(n) || n < 0);
  if (wrong !== undefined) return `has the count ${wrong}`;
  if (column.kind === 'CATEGORY') {
    return new Set(column.categories).size < cells ? 'lists a category twice' : undefined;
  }
  const { edges } = column;
  if (!edges.every(Number.isFinite)) return 'has an edge that is no number';
  const unordered = edges.findIndex((edge, i) => i > 0 && edge <= edges[i - 1] && !(cells === 1 && edge === edges[0]));
  return unordered < 0 ? undefined : `has edges that do not rise at ${edges[unordered]}`;
}

function edgesOf(sorted: Float64Array, bins: number): number[] {
  if (sorted.length === 0) return [0, 0];
  const last = sorted[sorted.length - 1];
  const edges = [sorted[0]];
  for (let bin = 1; bin < bins; bin++) {
    const edge = sorted[Math.floor((bin * sorted.length) / bins)];
    if (edge > edges[edges.length - 1] && edge < last) edges.push(edge);
  }
  return [...edges, last];
}

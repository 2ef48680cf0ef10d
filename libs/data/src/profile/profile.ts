/** What a column is to the profile and to expectations of kind TYPE. */
export type ColumnKind = 'integer' | 'number' | 'boolean' | 'time' | 'text' | 'other';

export interface ValueCount {
  /** Numbers as numbers, times as milliseconds since 1970, everything else as text. */
  readonly value: string | number;
  readonly count: number;
}

/**
 * Counts between fixed edges, about 20 equally filled bins where values allow it: the reference that later data is
 * compared with. Bin 0 is [edges[0], edges[1]], bin i is (edges[i], edges[i + 1]].
 */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface ColumnProfile {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Rows with a value. */
  readonly count: number;
  /** Rows without one: null, or a float that is NaN, infinite or beyond 1e150. */
  readonly missing: number;
  /** The part of `missing` that is not null. */
  readonly nonFinite: number;
  readonly distinct: number;
  /** False: an estimate (HyperLogLog, a few percent), and quantiles and edges are estimates too (t-digest). */
  readonly exact: boolean;
  /** Numbers; times in milliseconds since 1970. Null: no value, or neither number nor time. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the sample (n - 1). */
  readonly sd: number | null;
  /** Probability -> the smallest value that at least so large a share does not exceed. */
  readonly quantiles: Readonly<Record<string, number>> | null;
  readonly histogram: Histogram | null;
  /** By falling count, then by value: at most 1,000 when `topComplete`, else the first 10. */
  readonly top: readonly ValueCount[];
  /** Whether `top` holds every value. */
  readonly topComplete: boolean;
}

/** Pearson's r of two numeric columns over the rows where both have a value; null where one of them is constant. */
export interface Correlation {
  readonly a: string;
  readonly b: string;
  readonly r: number | null;
}

/** How much one column says about the label. */
export interface LabelAssociation {
  readonly column: string;
  /** `pearson`: r in [-1, 1]. `correlation-ratio`: eta in [0, 1], the share of the label's spread between groups, rooted. */
  readonly measure: 'pearson' | 'correlation-ratio';
  readonly value: number | null;
}

/** Empty runs of a time column, counted in a unit that holds 20 rows or more on average. */
export interface TimeGap {
  readonly column: string;
  readonly unitMs: number;
  readonly empty: number;
  /** Milliseconds since 1970: the longest run without a row. */
  readonly from: number;
  readonly to: number;
}

export type SuspicionCode =
  | 'CONSTANT'
  | 'EMPTY_COLUMN'
  | 'IDENTIFIER_LIKE'
  | 'LEAKS_LABEL'
  | 'REPEATED_ROWS'
  | 'TIME_GAP';

export interface ProfileSuspicion {
  readonly code: SuspicionCode;
  /** Empty: about whole rows. */
  readonly column: string;
  /** Such data should not be trained on at all. */
  readonly grave: boolean;
  readonly reason: string;
}

/** The artifact of a profile; as canonical JSON its bytes are a function of the rows, the options and DuckDB's version. */
export interface Profile {
  readonly format: 'millrace-profile';
  readonly version: 1;
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
  readonly correlations: readonly Correlation[];
  readonly label: string | null;
  readonly labelAssociations: readonly LabelAssociation[];
  /** Rows that repeat an earlier one, as a share; above 500,000 rows estimated from one row in `sampledOneIn`. */
  readonly repeatedRows: { readonly share: number; readonly sampledOneIn: number };
  readonly timeGaps: readonly TimeGap[];
  readonly suspicions: readonly ProfileSuspicion[];
}

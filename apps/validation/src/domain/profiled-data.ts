/** What judging needs to know of a profile; the profile of libs/data fits. */
export interface ProfiledColumn {
  readonly name: string;
  readonly type: string;
  readonly kind: string;
  readonly count: number;
  readonly missing: number;
  readonly distinct: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly top: readonly { readonly value: string | number; readonly count: number }[];
  readonly topComplete: boolean;
  /** Numbers and times: bin 0 is [e0, e1], bin i is (ei, ei+1]. */
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] } | null;
}

export interface ProfiledData {
  readonly rows: number;
  readonly columns: readonly ProfiledColumn[];
  readonly suspicions: readonly {
    readonly code: string;
    readonly column: string;
    readonly grave: boolean;
    readonly reason: string;
  }[];
}

/** What the rows say about one expectation. */
export interface Measured {
  readonly id: string;
  readonly brokenRows: number;
  readonly samples: readonly {
    readonly part: 'TRAINING' | 'HOLD_OUT';
    readonly row: number;
    readonly value: string | null;
  }[];
  /** Why it could not be measured; null = it was. */
  readonly problem: string | null;
}

/** Rows of the data set in the cells that an earlier one was counted in: with those beyond the edges first and last. */
export interface CellCounts {
  readonly column: string;
  readonly counts: readonly number[];
}

import type { ColumnSummary, DatasetJudged, OverrideRefused, VerdictOverridden } from '@millrace/contracts';

/** The verdict on one data set, and what an override needs to know of it. */
export interface Verdict {
  readonly status: 'ABSENT' | 'ACCEPTED' | 'REJECTED' | 'OVERRIDDEN';
  readonly source: string;
  readonly datasetDigest: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

export type VerdictFact =
  | { readonly type: 'DatasetJudged'; readonly data: DatasetJudged }
  | { readonly type: 'VerdictOverridden'; readonly data: VerdictOverridden }
  | { readonly type: 'OverrideRefused'; readonly data: OverrideRefused };

export const noVerdict = (): Verdict => ({ status: 'ABSENT', source: '', datasetDigest: '', rows: 0, columns: [] });

/** The only writer of a verdict's state: also used by a rebuild from `validation.verdicts.v1`. */
export function evolveVerdict(verdict: Verdict, fact: VerdictFact): Verdict {
  switch (fact.type) {
    case 'DatasetJudged': {
      const { verdict: said, source, datasetDigest, rows, columns } = fact.data;
      return { status: said === 'ACCEPTED' ? 'ACCEPTED' : 'REJECTED', source, datasetDigest, rows, columns };
    }
    case 'VerdictOverridden':
      return { ...verdict, status: 'OVERRIDDEN' };
    case 'OverrideRefused':
      return verdict;
  }
}

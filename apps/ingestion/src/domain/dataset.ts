import type { DatasetRefused, DatasetRegistered } from '@millrace/contracts';

/** A data set never changes once it is there. */
export interface Dataset {
  readonly status: 'ABSENT' | 'REGISTERED';
  readonly source: string | null;
  readonly number: number | null;
}

export type DatasetFact =
  | { readonly type: 'DatasetRegistered'; readonly data: DatasetRegistered }
  | { readonly type: 'DatasetRefused'; readonly data: DatasetRefused };

export const noDataset = (): Dataset => ({ status: 'ABSENT', source: null, number: null });

/** `<source>:<number>` */
export const datasetName = (source: string, number: number): string => `${source}:${number}`;

/** The only writer of a data set's state: also used by a rebuild from `ingestion.datasets.v1`. */
export function evolveDataset(dataset: Dataset, fact: DatasetFact): Dataset {
  if (fact.type === 'DatasetRefused') return dataset;
  return { status: 'REGISTERED', source: fact.data.source, number: fact.data.number };
}

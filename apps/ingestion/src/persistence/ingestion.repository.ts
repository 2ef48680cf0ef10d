import { DatasetRefused, DatasetRegistered, SourceRefused, SourceRegistered } from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Dataset, type DatasetFact, datasetName, evolveDataset, noDataset } from '../domain/dataset';
import { evolveSource, noSource, type Source, type SourceFact } from '../domain/source';

const SOURCES: AggregateKind<Source, SourceFact> = {
  table: 'sources',
  initial: noSource,
  evolve: evolveSource,
  records: { SourceRegistered, SourceRefused },
};

const DATASETS: AggregateKind<Dataset, DatasetFact> = {
  table: 'datasets',
  initial: noDataset,
  evolve: evolveDataset,
  records: { DatasetRegistered, DatasetRefused },
};

/** Sources and data sets by name. */
@Injectable()
export class IngestionRepository {
  readonly sources: Aggregates<Source, SourceFact>;
  readonly datasets: Aggregates<Dataset, DatasetFact>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    this.sources = new Aggregates(unitOfWork, events, SOURCES);
    this.datasets = new Aggregates(unitOfWork, events, DATASETS);
  }

  /** The data set that comes next: one that does not exist, or exists only in refusals. */
  async nextDataset(source: string): Promise<StoredAggregate<Dataset> & { readonly number: number }> {
    const rows: { number: number }[] = await this.unitOfWork.manager.query(
      `SELECT coalesce(max((state->>'number')::int), 0) + 1 AS number FROM datasets WHERE state->>'source' = $1`,
      [source],
    );
    const number = rows[0]?.number ?? 1;
    return { ...(await this.datasets.load(datasetName(source, number))), number };
  }
}

import {
  DatasetRefused,
  DatasetRegistered,
  type RecordSchema,
  SourceRefused,
  SourceRegistered,
} from '@millrace/contracts';
import { type Cause, Events } from '@millrace/messaging';
import { AggregateStore, type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Dataset, type DatasetFact, datasetName, evolveDataset, noDataset } from '../domain/dataset';
import { evolveSource, noSource, type Source, type SourceFact } from '../domain/source';

const RECORDS = { SourceRegistered, SourceRefused, DatasetRegistered, DatasetRefused } as const;

/** Loads aggregates and saves what was decided: state and facts in one unit of work. */
@Injectable()
export class IngestionRepository {
  private readonly sources: AggregateStore<Source>;
  private readonly datasets: AggregateStore<Dataset>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly events: Events,
  ) {
    this.sources = new AggregateStore(unitOfWork, 'sources', noSource);
    this.datasets = new AggregateStore(unitOfWork, 'datasets', noDataset);
  }

  source(name: string): Promise<StoredAggregate<Source>> {
    return this.sources.load(name);
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

  saveSource(source: StoredAggregate<Source>, facts: readonly SourceFact[], cause: Cause): Promise<void> {
    return this.save(this.sources, source, facts, evolveSource, cause);
  }

  saveDataset(dataset: StoredAggregate<Dataset>, facts: readonly DatasetFact[], cause: Cause): Promise<void> {
    return this.save(this.datasets, dataset, facts, evolveDataset, cause);
  }

  /**
   * Whether a work item still waits for its answer; it is locked until the unit of work ends. A worker whose lease ran out
   * may come late, when another one has answered.
   */
  async claim(item: string): Promise<boolean> {
    const rows: unknown[] = await this.unitOfWork.manager.query('SELECT 1 FROM work_items WHERE id = $1 FOR UPDATE', [
      item,
    ]);
    return rows.length === 1;
  }

  private async save<S, F extends SourceFact | DatasetFact>(
    store: AggregateStore<S>,
    { id, version, state }: StoredAggregate<S>,
    facts: readonly F[],
    evolve: (state: S, fact: F) => S,
    cause: Cause,
  ): Promise<void> {
    if (facts.length === 0) return;
    await store.save(id, version, version + facts.length, facts.reduce(evolve, state));
    for (const fact of facts) {
      const record = RECORDS[fact.type] as RecordSchema<{ aggregateVersion: number }>;
      await this.events.append(record, id, fact.data, cause);
    }
  }
}

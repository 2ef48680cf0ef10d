import type { DatasetRegistered } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';

/** What training knows about data sets: the fact of each, folded from `ingestion.datasets.v1`. They never change. */
@Injectable()
export class DatasetRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async find(dataset: string): Promise<DatasetRegistered | null> {
    const rows: { fact: DatasetRegistered }[] = await this.unitOfWork.manager.query(
      'SELECT fact FROM datasets WHERE id = $1',
      [dataset],
    );
    return rows[0]?.fact ?? null;
  }

  /** The newest data set of a source that is accepted or overridden; null when there is none. */
  async newestFit(source: string): Promise<string | null> {
    const rows: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT datasets.id FROM datasets JOIN verdicts USING (id)
       WHERE fact ->> 'source' = $1 AND verdict IN ('ACCEPTED', 'OVERRIDDEN')
       ORDER BY (fact ->> 'number')::bigint DESC LIMIT 1`,
      [source],
    );
    return rows[0]?.id ?? null;
  }

  async remember(fact: DatasetRegistered): Promise<void> {
    await this.unitOfWork.manager.query('INSERT INTO datasets (id, fact) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      fact.dataset,
      JSON.stringify(fact),
    ]);
  }
}

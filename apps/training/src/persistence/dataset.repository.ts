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

  async remember(fact: DatasetRegistered): Promise<void> {
    await this.unitOfWork.manager.query('INSERT INTO datasets (id, fact) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      fact.dataset,
      JSON.stringify(fact),
    ]);
  }
}

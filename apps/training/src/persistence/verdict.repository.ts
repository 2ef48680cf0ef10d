import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { DatasetVerdict } from '../domain/dataset-verdict';

/** What validation has said about data sets, folded from `validation.verdicts.v1`. */
@Injectable()
export class VerdictRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async find(dataset: string): Promise<DatasetVerdict | null> {
    const rows: DatasetVerdict[] = await this.unitOfWork.manager.query(
      'SELECT verdict, why FROM verdicts WHERE id = $1',
      [dataset],
    );
    return rows[0] ?? null;
  }

  async remember(dataset: string, { verdict, why }: DatasetVerdict): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO verdicts (id, verdict, why) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict, why = excluded.why`,
      [dataset, verdict, why],
    );
  }

  async override(dataset: string): Promise<void> {
    await this.unitOfWork.manager.query(`UPDATE verdicts SET verdict = 'OVERRIDDEN' WHERE id = $1`, [dataset]);
  }
}

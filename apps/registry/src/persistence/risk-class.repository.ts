import type { RiskClass } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';

/** What governance says of models, folded from `governance.risks.v1`. */
@Injectable()
export class RiskClassRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async remember(model: string, riskClass: RiskClass): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO risk_classes (id, risk_class) VALUES ($1, $2)
       ON CONFLICT (id) DO UPDATE SET risk_class = excluded.risk_class`,
      [model, riskClass],
    );
  }

  /** Names of the models that may not be served, whatever was granted before. */
  async unacceptable(): Promise<ReadonlySet<string>> {
    const rows: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT id FROM risk_classes WHERE risk_class = 'UNACCEPTABLE'`,
    );
    return new Set(rows.map(({ id }) => id));
  }
}

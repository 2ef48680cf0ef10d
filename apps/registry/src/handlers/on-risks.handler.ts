import { type ModelClassified, Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { RiskClassRepository } from '../persistence/risk-class.repository';

@Controller()
export class OnRisksHandler {
  constructor(private readonly riskClasses: RiskClassRepository) {}

  @EventPattern<string>(foldOf(Topics.risks))
  async fold(@Payload() batch: Received<ModelClassified>[]): Promise<void> {
    for (const { data } of batch) await this.riskClasses.remember(data.model, data.riskClass);
  }
}

import { DatasetJudged, Topics, type VerdictOverridden } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { verdictOf } from '../domain/dataset-verdict';
import { VerdictRepository } from '../persistence/verdict.repository';

@Controller()
export class OnVerdictsHandler {
  constructor(private readonly verdicts: VerdictRepository) {}

  @EventPattern<string>(foldOf(Topics.verdicts))
  async fold(@Payload() batch: Received<unknown>[]): Promise<void> {
    for (const { record, data } of batch) {
      if (record === DatasetJudged.fullName) {
        const judged = data as DatasetJudged;
        await this.verdicts.remember(judged.dataset, verdictOf(judged));
      } else await this.verdicts.override((data as VerdictOverridden).dataset);
    }
  }
}

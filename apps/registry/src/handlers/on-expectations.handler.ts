import { type ExpectationSetDefined, type ExpectationSetDerived, Topics } from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ExpectationRepository } from '../persistence/expectation.repository';

@Controller()
export class OnExpectationsHandler {
  constructor(private readonly expectations: ExpectationRepository) {}

  @EventPattern<string>(foldOf(Topics.expectations))
  async fold(@Payload() batch: Received<ExpectationSetDefined | ExpectationSetDerived>[]): Promise<void> {
    for (const { data } of batch) await this.expectations.remember(data);
  }
}

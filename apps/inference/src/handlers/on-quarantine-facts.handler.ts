import { ModelQuarantined, patternOf, QuarantineLifted, QuarantineRefused } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { QuarantineDesk } from '../supervision/quarantine-desk';

@Controller()
export class OnQuarantineFactsHandler {
  constructor(private readonly desk: QuarantineDesk) {}

  @EventPattern<string>(patternOf(ModelQuarantined))
  quarantined(@Payload() event: Received<ModelQuarantined>): void {
    this.desk.fact('ModelQuarantined', event);
  }

  @EventPattern<string>(patternOf(QuarantineLifted))
  lifted(@Payload() event: Received<QuarantineLifted>): void {
    this.desk.fact('QuarantineLifted', event);
  }

  @EventPattern<string>(patternOf(QuarantineRefused))
  refused(@Payload() event: Received<QuarantineRefused>): void {
    this.desk.fact('QuarantineRefused', event);
  }
}

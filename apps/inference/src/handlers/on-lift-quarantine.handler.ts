import { LiftQuarantine, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { QuarantineDesk } from '../supervision/quarantine-desk';

@Controller()
export class OnLiftQuarantineHandler {
  constructor(private readonly desk: QuarantineDesk) {}

  @EventPattern<string>(patternOf(LiftQuarantine))
  async handle(@Payload() command: Received<LiftQuarantine>): Promise<void> {
    await this.desk.command(command);
  }
}

import { AttachNotice, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { attachNotice } from '../domain/attach-notice';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';
import { WeighWaiting } from './weigh-waiting';

@Controller()
export class OnAttachNoticeHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly weighing: WeighWaiting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(AttachNotice))
  async handle(@Payload() command: Received<AttachNotice>): Promise<void> {
    await this.repository.alone();
    const risk = await this.repository.risks.load(command.data.model);
    const facts = attachNotice(command.data, contextOf(command, risk, this.clock.now()));
    await this.repository.risks.save(risk, facts, command);
    await this.weighing.after(command);
  }
}

import { ApproveRelease, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { approveRelease } from '../domain/approve-release';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';
import { WeighWaiting } from './weigh-waiting';

@Controller()
export class OnApproveReleaseHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly weighing: WeighWaiting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ApproveRelease))
  async handle(@Payload() command: Received<ApproveRelease>): Promise<void> {
    await this.repository.alone();
    const approval = await this.repository.approvals.load(command.data.release);
    const { model, version } = approval.state.proposal ?? { model: '', version: 0 };
    const weights = await this.weighing.weightsOf(model, version);
    const facts = approveRelease(approval.state, command.data, weights, contextOf(command, approval, this.clock.now()));
    await this.repository.approvals.save(approval, facts, command);
  }
}

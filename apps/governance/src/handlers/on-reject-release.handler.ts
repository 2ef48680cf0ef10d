import { patternOf, RejectRelease } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { rejectRelease } from '../domain/reject-release';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';

@Controller()
export class OnRejectReleaseHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RejectRelease))
  async handle(@Payload() command: Received<RejectRelease>): Promise<void> {
    await this.repository.alone();
    const approval = await this.repository.approvals.load(command.data.release);
    const facts = rejectRelease(approval.state, command.data, contextOf(command, approval, this.clock.now()));
    await this.repository.approvals.save(approval, facts, command);
  }
}

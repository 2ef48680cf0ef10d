import { patternOf, ReleaseProposed, ReleaseWithdrawn } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { closeApproval } from '../domain/close-approval';
import { proposalOf } from '../domain/proposal-of';
import { weighRelease } from '../domain/weigh-release';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';
import { WeighWaiting } from './weigh-waiting';

/** What the registry wants live, and what it wants no more. */
@Controller()
export class OnReleasesHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly weighing: WeighWaiting,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ReleaseProposed))
  async proposed(@Payload() event: Received<ReleaseProposed>): Promise<void> {
    const proposal = proposalOf(event.data);
    if (!proposal) return;
    await this.repository.alone();
    const approval = await this.repository.approvals.load(proposal.release);
    const weights = await this.weighing.weightsOf(proposal.model, proposal.version);
    const facts = weighRelease(approval.state, proposal, weights, contextOf(event, approval, this.clock.now()));
    await this.repository.approvals.save(approval, facts, event);
  }

  @EventPattern<string>(patternOf(ReleaseWithdrawn))
  async withdrawn(@Payload() event: Received<ReleaseWithdrawn>): Promise<void> {
    await this.repository.alone();
    const approval = await this.repository.approvals.load(event.data.release);
    const facts = closeApproval(approval.state, event.data, contextOf(event, approval, this.clock.now()));
    await this.repository.approvals.save(approval, facts, event);
  }
}

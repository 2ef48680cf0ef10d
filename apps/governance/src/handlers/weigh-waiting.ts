import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { inForce, RELEASE_POLICY } from '../domain/policy';
import { type Weights, weighRelease } from '../domain/weigh-release';
import { EvidenceRepository } from '../persistence/evidence.repository';
import { GovernanceRepository } from '../persistence/governance.repository';
import { contextOf } from './context';

/** Weighs what waits again, after something has come that may have been missing. */
@Injectable()
export class WeighWaiting {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly evidence: EvidenceRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** All that a decision about a version rests on, as of now. */
  async weightsOf(model: string, version: number): Promise<Weights> {
    const policy = inForce((await this.repository.policies.load(RELEASE_POLICY)).state);
    const risk = (await this.repository.risks.load(model)).state;
    return { policy, evidence: { risk, ...(await this.evidence.of(model, version)) } };
  }

  /** @param cause what has come; call `GovernanceRepository.alone` before it is stored. */
  async after(cause: Received<unknown>): Promise<void> {
    for (const id of await this.repository.waiting()) {
      const approval = await this.repository.approvals.load(id);
      const { proposal } = approval.state;
      if (!proposal) continue;
      const weights = await this.weightsOf(proposal.model, proposal.version);
      const facts = weighRelease(approval.state, proposal, weights, contextOf(cause, approval, this.clock.now()));
      await this.repository.approvals.save(approval, facts, cause);
    }
  }
}

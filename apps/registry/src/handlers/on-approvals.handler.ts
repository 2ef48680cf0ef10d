import { ApprovalGranted, patternOf, ReleaseDenied, ReleaseRejected } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { sourceOf } from '../domain/input-checks';
import { versionOf } from '../domain/model';
import { settleDenied, settleGranted, settleRejected } from '../domain/settle-release';
import { ExpectationRepository } from '../persistence/expectation.repository';
import { RegistryRepository } from '../persistence/registry.repository';
import { RiskClassRepository } from '../persistence/risk-class.repository';
import { contextOf } from './context';

/** What governance decides about a release that waits here. Only governance may write to its topic, so no signature is asked for. */
@Controller()
export class OnApprovalsHandler {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly riskClasses: RiskClassRepository,
    private readonly expectations: ExpectationRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ApprovalGranted))
  async granted(@Payload() event: Received<ApprovalGranted>): Promise<void> {
    const { endpoint: name, model, version } = event.data;
    const releases = await this.repository.releases.load(name);
    const endpoint = await this.repository.endpoints.load(name);
    const { state } = await this.repository.models.load(model);
    const served = versionOf(state, version);
    const facts = settleGranted(
      releases.state,
      event.data,
      endpoint.state,
      served,
      await this.expectations.ofSource(sourceOf(served)),
      await this.riskClasses.unacceptable(),
      contextOf(event, releases, this.clock.now()),
    );
    await this.repository.releases.save(releases, facts, event);
  }

  @EventPattern<string>(patternOf(ReleaseDenied))
  async denied(@Payload() event: Received<ReleaseDenied>): Promise<void> {
    const releases = await this.repository.releases.load(event.data.endpoint);
    const facts = settleDenied(releases.state, event.data, contextOf(event, releases, this.clock.now()));
    await this.repository.releases.save(releases, facts, event);
  }

  @EventPattern<string>(patternOf(ReleaseRejected))
  async rejected(@Payload() event: Received<ReleaseRejected>): Promise<void> {
    const releases = await this.repository.releases.load(event.data.endpoint);
    const facts = settleRejected(releases.state, event.data, contextOf(event, releases, this.clock.now()));
    await this.repository.releases.save(releases, facts, event);
  }
}

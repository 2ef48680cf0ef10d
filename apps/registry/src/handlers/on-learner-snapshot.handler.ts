import { LearnerSnapshotTaken, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { evolveModel, type Model } from '../domain/model';
import { proposeRelease } from '../domain/propose-release';
import { registerVersion } from '../domain/register-version';
import { releaseReason, versionFromLearner } from '../domain/version-from-learner';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

/** A snapshot is a version, and where its learner's policy says so a proposal: going live takes the way of every release. */
@Controller()
export class OnLearnerSnapshotHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(LearnerSnapshotTaken))
  async handle(@Payload() event: Received<LearnerSnapshotTaken>): Promise<void> {
    const model = await this.repository.models.load(event.data.model);
    const context = contextOf(event, model, this.clock.now());
    const facts = registerVersion(model.state, versionFromLearner(event.data), context);
    await this.repository.models.save(model, facts, event);
    const reason = releaseReason(event.data);
    if (reason !== null && facts.length > 0) await this.propose(event, facts.reduce(evolveModel, model.state), reason);
  }

  private async propose(event: Received<LearnerSnapshotTaken>, { versions }: Model, reason: string): Promise<void> {
    const { endpoint: name, model } = event.data;
    const version = versions.at(-1)!;
    const releases = await this.repository.releases.load(name);
    const endpoint = await this.repository.endpoints.load(name);
    const context = contextOf(event, releases, this.clock.now());
    const wanted = { endpoint: name, model, version: version.version, reason };
    const facts = proposeRelease(releases.state, wanted, endpoint.state, version, context);
    await this.repository.releases.save(releases, facts, event);
  }
}

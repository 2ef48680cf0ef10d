import { ProposeRelease, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { versionOf } from '../domain/model';
import { proposeRelease } from '../domain/propose-release';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

@Controller()
export class OnProposeReleaseHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ProposeRelease))
  async handle(@Payload() command: Received<ProposeRelease>): Promise<void> {
    const releases = await this.repository.releases.load(command.data.endpoint);
    const endpoint = await this.repository.endpoints.load(command.data.endpoint);
    const model = await this.repository.models.load(command.data.model);
    const context = contextOf(command, releases, this.clock.now());
    const version = versionOf(model.state, command.data.version);
    const facts = proposeRelease(releases.state, command.data, endpoint.state, version, context);
    await this.repository.releases.save(releases, facts, command);
  }
}

import { HaltEndpoint, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { haltEndpoint } from '../domain/halt-endpoint';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

@Controller()
export class OnHaltEndpointHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(HaltEndpoint))
  async handle(@Payload() command: Received<HaltEndpoint>): Promise<void> {
    const releases = await this.repository.releases.load(command.data.endpoint);
    const endpoint = await this.repository.endpoints.load(command.data.endpoint);
    const context = contextOf(command, releases, this.clock.now());
    await this.repository.releases.save(
      releases,
      haltEndpoint(releases.state, command.data, endpoint.state, context),
      command,
    );
  }
}

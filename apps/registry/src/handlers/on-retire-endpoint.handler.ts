import { patternOf, RetireEndpoint } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { retireEndpoint } from '../domain/retire-endpoint';
import { withdrawPending } from '../domain/withdraw-pending';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

@Controller()
export class OnRetireEndpointHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RetireEndpoint))
  async handle(@Payload() command: Received<RetireEndpoint>): Promise<void> {
    const endpoint = await this.repository.endpoints.load(command.data.endpoint);
    const facts = retireEndpoint(endpoint.state, command.data, contextOf(command, endpoint, this.clock.now()));
    await this.repository.endpoints.save(endpoint, facts, command);
    if (facts[0]?.type !== 'EndpointRetired') return;
    const releases = await this.repository.releases.load(command.data.endpoint);
    const context = contextOf(command, releases, this.clock.now());
    const withdrawn = withdrawPending(releases.state, command.data.endpoint, 'the endpoint was retired', context);
    await this.repository.releases.save(releases, withdrawn, command);
  }
}

import { patternOf, RollBackRelease } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { rollBack } from '../domain/roll-back';
import { RegistryRepository } from '../persistence/registry.repository';
import { RiskClassRepository } from '../persistence/risk-class.repository';
import { contextOf } from './context';

@Controller()
export class OnRollBackReleaseHandler {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly riskClasses: RiskClassRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RollBackRelease))
  async handle(@Payload() command: Received<RollBackRelease>): Promise<void> {
    const releases = await this.repository.releases.load(command.data.endpoint);
    const endpoint = await this.repository.endpoints.load(command.data.endpoint);
    const facts = rollBack(
      releases.state,
      command.data,
      endpoint.state,
      await this.riskClasses.unacceptable(),
      contextOf(command, releases, this.clock.now()),
    );
    await this.repository.releases.save(releases, facts, command);
  }
}

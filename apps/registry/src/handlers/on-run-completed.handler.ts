import { patternOf, RunCompleted } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { registerVersion } from '../domain/register-version';
import { versionFromRun } from '../domain/version-from-run';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

@Controller()
export class OnRunCompletedHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RunCompleted))
  async handle(@Payload() event: Received<RunCompleted>): Promise<void> {
    const model = await this.repository.models.load(event.data.model);
    const context = contextOf(event, model, this.clock.now());
    await this.repository.models.save(model, registerVersion(model.state, versionFromRun(event.data), context), event);
  }
}

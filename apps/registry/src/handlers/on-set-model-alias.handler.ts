import { patternOf, SetModelAlias } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { setAlias } from '../domain/set-alias';
import { RegistryRepository } from '../persistence/registry.repository';
import { contextOf } from './context';

@Controller()
export class OnSetModelAliasHandler {
  constructor(
    private readonly repository: RegistryRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(SetModelAlias))
  async handle(@Payload() command: Received<SetModelAlias>): Promise<void> {
    const model = await this.repository.models.load(command.data.model);
    const facts = setAlias(model.state, command.data, contextOf(command, model, this.clock.now()));
    await this.repository.models.save(model, facts, command);
  }
}

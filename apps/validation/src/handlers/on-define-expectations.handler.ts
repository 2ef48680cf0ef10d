import { DefineExpectations, patternOf } from '@millrace/contracts';
import { digestOf } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { defineExpectations } from '../domain/define-expectations';
import { SourceFieldsRepository } from '../persistence/source-fields.repository';
import { ValidationRepository } from '../persistence/validation.repository';
import { contextOf } from './context';

@Controller()
export class OnDefineExpectationsHandler {
  constructor(
    private readonly repository: ValidationRepository,
    private readonly sources: SourceFieldsRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(DefineExpectations))
  async handle(@Payload() command: Received<DefineExpectations>): Promise<void> {
    const set = await this.repository.expectations.load(command.data.source);
    const fields = await this.sources.ofSource(command.data.source);
    const context = contextOf(command, set, this.clock.now());
    await this.repository.expectations.save(
      set,
      defineExpectations(set.state, command.data, fields, digestOf, context),
      command,
    );
  }
}

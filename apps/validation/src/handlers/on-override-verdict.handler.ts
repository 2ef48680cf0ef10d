import { OverrideVerdict, patternOf } from '@millrace/contracts';
import { digestOf } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { learnFromOverridden } from '../domain/derive-expectations';
import { overrideVerdict } from '../domain/override-verdict';
import { ValidationRepository } from '../persistence/validation.repository';
import { contextOf } from './context';

/** What somebody answers for is data as good as accepted: the next data set is judged by it too. */
@Controller()
export class OnOverrideVerdictHandler {
  constructor(
    private readonly repository: ValidationRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(OverrideVerdict))
  async handle(@Payload() command: Received<OverrideVerdict>): Promise<void> {
    const verdict = await this.repository.verdicts.load(command.data.dataset);
    const set = await this.repository.expectations.load(verdict.state.source);
    const now = this.clock.now();
    const facts = overrideVerdict(verdict.state, command.data, contextOf(command, verdict, now));
    const learned = learnFromOverridden(set.state, verdict.state, facts, digestOf, contextOf(command, set, now));
    await this.repository.verdicts.save(verdict, facts, command);
    await this.repository.expectations.save(set, learned, command);
  }
}

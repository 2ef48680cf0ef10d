import { patternOf, StopLearner } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { stopLearner } from '../domain/stop-learner';
import { LearnerRepository } from '../persistence/learner.repository';
import { contextOf } from './context';

@Controller()
export class OnStopLearnerHandler {
  constructor(
    private readonly learners: LearnerRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(StopLearner))
  async handle(@Payload() command: Received<StopLearner>): Promise<void> {
    const learner = await this.learners.load(command.data.learner);
    const context = contextOf(command, learner, this.clock.now());
    await this.learners.save(learner, stopLearner(learner.state, command.data, context), command);
  }
}

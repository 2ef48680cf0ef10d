import { ForkLearner, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { forkLearner } from '../domain/fork-learner';
import { LearnerRepository } from '../persistence/learner.repository';
import { contextOf } from './context';

@Controller()
export class OnForkLearnerHandler {
  constructor(
    private readonly learners: LearnerRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(ForkLearner))
  async handle(@Payload() command: Received<ForkLearner>): Promise<void> {
    const { learner: name, from } = command.data;
    const learner = await this.learners.load(name);
    const original = await this.learners.load(from);
    const nextOffset = (await this.learners.knowledge(from))?.nextOffset ?? null;
    const context = contextOf(command, learner, this.clock.now());
    const facts = forkLearner(learner.state, command.data, original.state, nextOffset, context);
    await this.learners.save(learner, facts, command);
  }
}

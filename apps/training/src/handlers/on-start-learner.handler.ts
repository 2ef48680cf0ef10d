import { endpointTopics, patternOf, StartLearner } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { startLearner } from '../domain/start-learner';
import { planFault } from '../learners/plan-of';
import { LearnerRepository } from '../persistence/learner.repository';
import { contextOf } from './context';

@Controller()
export class OnStartLearnerHandler {
  constructor(
    private readonly learners: LearnerRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(StartLearner))
  async handle(@Payload() command: Received<StartLearner>): Promise<void> {
    const { learner: name, endpoint, major, plan } = command.data;
    const learner = await this.learners.load(name);
    const known = await this.learners.endpoint(endpoint, major);
    const topic = known && endpointTopics(endpoint, major).labelled.name;
    const context = contextOf(command, learner, this.clock.now());
    const facts = startLearner(learner.state, command.data, topic, planFault(plan), context);
    await this.learners.save(learner, facts, command);
  }
}

import { patternOf, RollBackLearner } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { rollBackLearner } from '../domain/roll-back-learner';
import { LearnerRepository } from '../persistence/learner.repository';
import { SnapshotRepository } from '../persistence/snapshot.repository';
import { contextOf } from './context';

@Controller()
export class OnRollBackLearnerHandler {
  constructor(
    private readonly learners: LearnerRepository,
    private readonly snapshots: SnapshotRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(RollBackLearner))
  async handle(@Payload() command: Received<RollBackLearner>): Promise<void> {
    const { learner: name, to } = command.data;
    const nextOffset = await this.learners.standsStill(name);
    const learner = await this.learners.load(name);
    const context = contextOf(command, learner, this.clock.now());
    const facts = rollBackLearner(learner.state, command.data, nextOffset, context);
    if (facts.some(({ type }) => type === 'LearnerRolledBack')) {
      await this.learners.forget(name);
      await this.snapshots.removeAfter(name, to);
    }
    await this.learners.save(learner, facts, command);
    if (facts.some(({ type }) => type === 'LearnerRolledBack')) await this.learners.readAgain(learner.state.started!);
  }
}

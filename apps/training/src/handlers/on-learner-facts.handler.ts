import { LearnerRolledBack, LearnerStarted, LearnerStopped, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LearnerHosts } from '../learners/learner-hosts';

/** Broadcast mode: every process knows every learner and is in its group. */
@Controller()
export class OnLearnerFactsHandler {
  constructor(private readonly hosts: LearnerHosts) {}

  @EventPattern<string>(patternOf(LearnerStarted))
  started(@Payload() event: Received<LearnerStarted>): void {
    this.hosts.open(event.data);
  }

  @EventPattern<string>(patternOf(LearnerRolledBack))
  async rolledBack(@Payload() event: Received<LearnerRolledBack>): Promise<void> {
    await this.hosts.rolledBack(event.data);
  }

  @EventPattern<string>(patternOf(LearnerStopped))
  async stopped(@Payload() event: Received<LearnerStopped>): Promise<void> {
    await this.hosts.close(event.data.learner);
  }
}

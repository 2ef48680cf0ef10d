import { LearnerGuardReleased, LearnerGuardTripped, LearnerStopped, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { AlertWatch } from '../alerts/alert-watch';
import { GUARD, guardOf, watchGuard, watchStop } from '../domain/watch-guard';
import { AlertRepository } from '../persistence/alert.repository';

/** Labels that the guard of an online learner keeps away are an alert of the endpoint that they belong to. */
@Controller()
export class OnGuardHandler {
  constructor(
    private readonly alerts: AlertWatch,
    private readonly repository: AlertRepository,
  ) {}

  @EventPattern<string>(patternOf(LearnerGuardTripped))
  tripped(@Payload() event: Received<LearnerGuardTripped>): Promise<void> {
    return this.alerts.takeAtOnce(event, watchGuard(event.data, event.id, true));
  }

  @EventPattern<string>(patternOf(LearnerGuardReleased))
  released(@Payload() event: Received<LearnerGuardReleased>): Promise<void> {
    return this.alerts.takeAtOnce(event, watchGuard(event.data, event.id, false));
  }

  @EventPattern<string>(patternOf(LearnerStopped))
  async stopped(@Payload() event: Received<LearnerStopped>): Promise<void> {
    for (const about of await this.repository.open(GUARD, guardOf(event.data.learner)))
      await this.alerts.takeAtOnce(event, watchStop(about, event.data, event.id));
  }
}

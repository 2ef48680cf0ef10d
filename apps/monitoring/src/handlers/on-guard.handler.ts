import { LearnerGuardReleased, LearnerGuardTripped, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { AlertWatch } from '../alerts/alert-watch';
import { watchGuard } from '../domain/watch-guard';

/** Labels that the guard of an online learner keeps away are an alert of the endpoint that they belong to. */
@Controller()
export class OnGuardHandler {
  constructor(private readonly alerts: AlertWatch) {}

  @EventPattern<string>(patternOf(LearnerGuardTripped))
  tripped(@Payload() event: Received<LearnerGuardTripped>): Promise<void> {
    return this.alerts.takeAtOnce(event, watchGuard(event.data, event.id, true));
  }

  @EventPattern<string>(patternOf(LearnerGuardReleased))
  released(@Payload() event: Received<LearnerGuardReleased>): Promise<void> {
    return this.alerts.takeAtOnce(event, watchGuard(event.data, event.id, false));
  }
}

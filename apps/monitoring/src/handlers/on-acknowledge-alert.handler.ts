import { AcknowledgeAlert, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { acknowledgeAlert } from '../domain/alert';
import { AlertRepository } from '../persistence/alert.repository';
import { contextOf } from './context';

@Controller()
export class OnAcknowledgeAlertHandler {
  constructor(
    private readonly repository: AlertRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(AcknowledgeAlert))
  async handle(@Payload() command: Received<AcknowledgeAlert>): Promise<void> {
    const alert = await this.repository.alerts.load(command.data.alert);
    const facts = acknowledgeAlert(alert.state, command.data, contextOf(command, alert, this.clock.now()));
    await this.repository.alerts.save(alert, facts, command);
  }
}

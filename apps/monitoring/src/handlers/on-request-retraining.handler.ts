import { patternOf, RequestRetraining } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { requestRetraining } from '../domain/change-trigger';
import { Retraining } from '../retraining/retraining';

@Controller()
export class OnRequestRetrainingHandler {
  constructor(private readonly retraining: Retraining) {}

  @EventPattern<string>(patternOf(RequestRetraining))
  async handle(@Payload() command: Received<RequestRetraining>): Promise<void> {
    const { data, correlationId } = command;
    await this.retraining.decide(data.trigger, command, (trigger, context, run) =>
      requestRetraining(trigger, data, { correlationId, run }, context),
    );
  }
}

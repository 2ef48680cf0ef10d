import { DeclareTrigger, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { declareTrigger } from '../domain/change-trigger';
import { LineageRepository } from '../persistence/lineage.repository';
import { Retraining } from '../retraining/retraining';

@Controller()
export class OnDeclareTriggerHandler {
  constructor(
    private readonly retraining: Retraining,
    private readonly lineage: LineageRepository,
  ) {}

  @EventPattern<string>(patternOf(DeclareTrigger))
  async handle(@Payload() command: Received<DeclareTrigger>): Promise<void> {
    const live = await this.lineage.liveOrigin(command.data.endpoint);
    await this.retraining.decide(command.data.trigger, command, (_, context) =>
      declareTrigger(command.data, live, context),
    );
  }
}

import { patternOf, StartTraining } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnStartTrainingHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(StartTraining))
  async handle(@Payload() command: Received<StartTraining>): Promise<void> {
    await this.queue.enqueue({ id: command.id, kind: 'plan-run', payload: command });
  }
}

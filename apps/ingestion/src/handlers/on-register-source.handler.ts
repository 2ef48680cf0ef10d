import { patternOf, RegisterSource } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnRegisterSourceHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(RegisterSource))
  async handle(@Payload() command: Received<RegisterSource>): Promise<void> {
    await this.queue.enqueue({ id: command.id, kind: 'register-source', payload: command });
  }
}

import { CreateEndpoint, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnCreateEndpointHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(CreateEndpoint))
  async handle(@Payload() command: Received<CreateEndpoint>): Promise<void> {
    await this.queue.enqueue({ id: command.id, kind: 'create-endpoint', payload: command });
  }
}

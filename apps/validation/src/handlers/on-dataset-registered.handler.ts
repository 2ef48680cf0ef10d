import { DatasetRegistered, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnDatasetRegisteredHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(DatasetRegistered))
  async handle(@Payload() event: Received<DatasetRegistered>): Promise<void> {
    await this.queue.enqueue({ id: event.id, kind: 'judge-dataset', payload: event });
  }
}

import { ImportModel, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnImportModelHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(ImportModel))
  async handle(@Payload() command: Received<ImportModel>): Promise<void> {
    await this.queue.enqueue({ id: command.id, kind: 'import-model', payload: command });
  }
}

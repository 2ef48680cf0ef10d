import { patternOf, SnapshotDataset } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnSnapshotDatasetHandler {
  constructor(private readonly queue: WorkQueue) {}

  @EventPattern<string>(patternOf(SnapshotDataset))
  async handle(@Payload() command: Received<SnapshotDataset>): Promise<void> {
    await this.queue.enqueue({ id: command.id, kind: 'snapshot-dataset', payload: command });
  }
}

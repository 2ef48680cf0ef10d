import { patternOf, RetrainingRequested } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { WorkQueue } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';

@Controller()
export class OnRetrainingRequestedHandler {
  constructor(private readonly queue: WorkQueue) {}

  /** Worked off as StartTraining is, in the name of whoever asked. */
  @EventPattern<string>(patternOf(RetrainingRequested))
  async handle(@Payload() event: Received<RetrainingRequested>): Promise<void> {
    const payload = { ...event, actor: event.data.requestedBy };
    await this.queue.enqueue({ id: event.id, kind: 'plan-run', payload });
  }
}

import { patternOf, SourceRegistered } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { SourceLanes } from '../lanes/source-lanes';

/** Broadcast mode: every process learns every source and joins the group that sorts its records. */
@Controller()
export class OnSourceRegisteredHandler {
  constructor(private readonly lanes: SourceLanes) {}

  @EventPattern<string>(patternOf(SourceRegistered))
  handle(@Payload() event: Received<SourceRegistered>): void {
    this.lanes.open(event.data);
  }
}

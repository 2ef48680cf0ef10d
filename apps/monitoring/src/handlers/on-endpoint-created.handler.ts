import { EndpointCreated, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EndpointWindows } from '../windows/endpoint-windows';

/** Broadcast mode: every process learns every endpoint and joins the group that watches it. */
@Controller()
export class OnEndpointCreatedHandler {
  constructor(private readonly windows: EndpointWindows) {}

  @EventPattern<string>(patternOf(EndpointCreated))
  handle(@Payload() event: Received<EndpointCreated>): void {
    this.windows.open(event.data);
  }
}

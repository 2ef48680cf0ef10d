import { EndpointCreated, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EndpointJoins } from '../join/endpoint-joins';

/** Broadcast mode: every process learns every endpoint and joins the group that joins its outcomes. */
@Controller()
export class OnEndpointCreatedHandler {
  constructor(private readonly joins: EndpointJoins) {}

  @EventPattern<string>(patternOf(EndpointCreated))
  handle(@Payload() event: Received<EndpointCreated>): void {
    this.joins.open(event.data);
  }
}

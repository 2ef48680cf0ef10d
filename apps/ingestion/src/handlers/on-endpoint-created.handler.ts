import { EndpointCreated, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EndpointJoins } from '../join/endpoint-joins';
import { LabelledSources } from '../join/labelled-sources';

/** Broadcast mode: every process learns every endpoint and joins the group that joins its outcomes. */
@Controller()
export class OnEndpointCreatedHandler {
  constructor(
    private readonly joins: EndpointJoins,
    private readonly labelled: LabelledSources,
  ) {}

  @EventPattern<string>(patternOf(EndpointCreated))
  handle(@Payload() event: Received<EndpointCreated>): void {
    this.labelled.take(event.data);
    this.joins.open(event.data);
  }
}

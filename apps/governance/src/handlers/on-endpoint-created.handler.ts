import { EndpointCreated, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LedgerReaders } from '../ledger/ledger-readers';

/** Broadcast mode: every process learns every endpoint and joins the group that covers its traffic. */
@Controller()
export class OnEndpointCreatedHandler {
  constructor(private readonly readers: LedgerReaders) {}

  @EventPattern<string>(patternOf(EndpointCreated))
  handle(@Payload() event: Received<EndpointCreated>): void {
    this.readers.open(event.data);
  }
}

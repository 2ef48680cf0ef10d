import { EndpointCreated, EndpointRetired, patternOf, ReleaseActivated, ReleaseHalted } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EndpointDirectory } from '../infer/endpoint-directory';

/** Keeps in memory what infer needs to know of endpoints: every process reads all of it. */
@Controller()
export class FollowEndpointsHandler {
  constructor(private readonly directory: EndpointDirectory) {}

  @EventPattern<string>(patternOf(EndpointCreated))
  created(@Payload() event: Received<EndpointCreated>): void {
    this.directory.created(event.data);
  }

  @EventPattern<string>(patternOf(EndpointRetired))
  retired(@Payload() event: Received<EndpointRetired>): void {
    this.directory.retired(event.data);
  }

  @EventPattern<string>(patternOf(ReleaseActivated))
  activated(@Payload() event: Received<ReleaseActivated>): void {
    this.directory.activated(event.data);
  }

  @EventPattern<string>(patternOf(ReleaseHalted))
  halted(@Payload() event: Received<ReleaseHalted>): void {
    this.directory.halted(event.data);
  }
}

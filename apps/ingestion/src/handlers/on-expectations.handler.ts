import { ExpectationSetDefined, ExpectationSetDerived, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ExpectationSets } from '../lanes/expectation-sets';

/** Broadcast mode: every process knows what is expected of every source. */
@Controller()
export class OnExpectationsHandler {
  constructor(private readonly sets: ExpectationSets) {}

  @EventPattern<string>(patternOf(ExpectationSetDefined))
  defined(@Payload() event: Received<ExpectationSetDefined>): void {
    this.sets.take(event.data);
  }

  @EventPattern<string>(patternOf(ExpectationSetDerived))
  derived(@Payload() event: Received<ExpectationSetDerived>): void {
    this.sets.take(event.data);
  }
}

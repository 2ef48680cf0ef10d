import { AlertRaised, AlertResolved, DatasetJudged, patternOf } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { causeOfAlert, causeOfDataset } from '../domain/cause-of';
import { Retraining } from '../retraining/retraining';

/** What may meet a condition of a trigger, as anybody may read it on the topics. */
@Controller()
export class OnRetrainingCausesHandler {
  constructor(private readonly retraining: Retraining) {}

  @EventPattern<string>(patternOf(AlertRaised))
  async raised(@Payload() event: Received<AlertRaised>): Promise<void> {
    const cause = causeOfAlert(event.data, event);
    if (cause) await this.retraining.take(cause, 'endpoint', event.data.endpoint, event);
  }

  @EventPattern<string>(patternOf(AlertResolved))
  async resolved(@Payload() event: Received<AlertResolved>): Promise<void> {
    await this.retraining.drop(event.data.alert, event.data.endpoint, event);
  }

  @EventPattern<string>(patternOf(DatasetJudged))
  async judged(@Payload() event: Received<DatasetJudged>): Promise<void> {
    const cause = causeOfDataset(event.data, event);
    if (cause) await this.retraining.take(cause, 'source', event.data.source, event);
  }
}

import {
  type DatasetJudged,
  type ModelVersionRegistered,
  type ReleaseActivated,
  type ReleaseHalted,
  type RunPlanned,
  Topics,
} from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LineageRepository } from '../persistence/lineage.repository';

/** What windows of responses are compared with: what was released, what it was trained on, how that was distributed. */
@Controller()
export class OnLineageHandler {
  constructor(private readonly lineage: LineageRepository) {}

  @EventPattern<string>(foldOf(Topics.models))
  models(@Payload() batch: Received<ModelVersionRegistered>[]): Promise<void> {
    return this.lineage.rememberVersions(batch.map(({ data }) => data));
  }

  @EventPattern<string>(foldOf(Topics.runs))
  runs(@Payload() batch: Received<RunPlanned>[]): Promise<void> {
    return this.lineage.rememberPlans(batch.map(({ data }) => data));
  }

  @EventPattern<string>(foldOf(Topics.verdicts))
  verdicts(@Payload() batch: Received<DatasetJudged>[]): Promise<void> {
    return this.lineage.rememberProfiles(batch.map(({ data }) => data));
  }

  @EventPattern<string>(foldOf(Topics.releases))
  releases(@Payload() batch: Received<ReleaseActivated | ReleaseHalted>[]): Promise<void> {
    return this.lineage.rememberReleases(batch.map(({ data }) => data));
  }
}

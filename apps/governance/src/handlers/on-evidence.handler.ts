import {
  type DatasetJudged,
  type LearnerStarted,
  type ModelVersionRegistered,
  type RunPlanned,
  Topics,
  VerdictOverridden,
} from '@millrace/contracts';
import { foldOf, type Received } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EvidenceRepository, learnerId } from '../persistence/evidence.repository';
import { GovernanceRepository } from '../persistence/governance.repository';
import { WeighWaiting } from './weigh-waiting';

/** What others say that a release may have waited for. */
@Controller()
export class OnEvidenceHandler {
  constructor(
    private readonly repository: GovernanceRepository,
    private readonly evidence: EvidenceRepository,
    private readonly weighing: WeighWaiting,
  ) {}

  @EventPattern<string>(foldOf(Topics.models))
  versions(@Payload() batch: Received<ModelVersionRegistered>[]): Promise<void> {
    return this.take(batch, ({ data }) => this.evidence.rememberVersion(data));
  }

  @EventPattern<string>(foldOf(Topics.runs))
  runs(@Payload() batch: Received<RunPlanned>[]): Promise<void> {
    return this.take(batch, ({ data }) => this.evidence.rememberTrainer(data.run, data.requestedBy));
  }

  @EventPattern<string>(foldOf(Topics.learners))
  learners(@Payload() batch: Received<LearnerStarted>[]): Promise<void> {
    return this.take(batch, ({ data }) => this.evidence.rememberTrainer(learnerId(data.learner), data.startedBy));
  }

  @EventPattern<string>(foldOf(Topics.verdicts))
  verdicts(@Payload() batch: Received<DatasetJudged | VerdictOverridden>[]): Promise<void> {
    return this.take(batch, ({ data, record }) =>
      this.evidence.rememberVerdict(
        data.dataset,
        record === VerdictOverridden.fullName ? 'OVERRIDDEN' : (data as DatasetJudged).verdict,
      ),
    );
  }

  private async take<T>(batch: Received<T>[], remember: (event: Received<T>) => Promise<void>): Promise<void> {
    await this.repository.alone();
    for (const event of batch) {
      await remember(event);
      await this.weighing.after(event);
    }
  }
}

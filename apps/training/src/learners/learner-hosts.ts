import type { Clock, LearnerStarted, Logger } from '@millrace/contracts';
import {
  Events,
  type Fold,
  FoldHost,
  HostBoard,
  KafkaClient,
  MessagingEvents,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LearnerRepository } from '../persistence/learner.repository';
import { SnapshotRepository } from '../persistence/snapshot.repository';
import { endpointNotRead } from './endpoint-not-read';
import { LearnerHost, type LearningBatch } from './learner-host';
import { LearnerMetrics } from './learner-metrics';

/** The learners that are learning, in every process; the group of each gives its one partition to one of them. */
@Injectable()
export class LearnerHosts implements OnModuleDestroy {
  private readonly hosts = new HostBoard<FoldHost<LearningBatch>>();

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly repository: LearnerRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly events: Events,
    private readonly metrics: LearnerMetrics,
    private readonly unitOfWork: UnitOfWork,
    private readonly positions: Positions,
    private readonly lifecycle: MessagingEvents,
    health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('learners', () => this.hosts.reason());
  }

  open(started: LearnerStarted): void {
    void this.hosts.open(started.learner, () => this.hostOf(started));
  }

  async close(learner: string): Promise<void> {
    await this.hosts.close(learner);
    this.metrics.gone(learner);
  }

  onModuleDestroy(): Promise<void> {
    return this.hosts.stop();
  }

  private async hostOf(started: LearnerStarted): Promise<FoldHost<LearningBatch>> {
    const fold = await this.foldOf(started);
    this.logger.info({ learner: started.learner, topic: started.labelledTopic }, 'Learns from the stream');
    return new FoldHost<LearningBatch>({
      ...fold,
      client: this.client,
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.hosts.trouble(started.learner, error),
      lifecycle: this.lifecycle,
      now: () => this.clock.now(),
      logger: this.logger.child({ learner: started.learner }),
    });
  }

  /** Learning as a fold of the labelled examples, whoever reads them. */
  async foldOf(started: LearnerStarted): Promise<Fold<LearningBatch>> {
    const endpoint = await this.repository.endpoint(started.endpoint, started.major);
    if (endpoint === null) throw endpointNotRead(started.endpoint);
    const { registry, repository, snapshots, events, metrics, clock } = this;
    const learner = new LearnerHost({
      started,
      endpoint,
      registry,
      repository,
      snapshots,
      events,
      metrics,
      now: () => clock.now(),
    });
    return {
      group: `training.learner.${started.learner}`,
      topics: [started.labelledTopic],
      prepare: (batch) => learner.prepare(batch),
      fold: (batch) => learner.fold(batch),
      folded: (batch) => learner.folded(batch),
    };
  }
}

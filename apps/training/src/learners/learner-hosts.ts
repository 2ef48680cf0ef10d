import type { Clock, LearnerRolledBack, LearnerStarted, LeftOut, Logger } from '@millrace/contracts';
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
import { LearnerRepository, learningGroup } from '../persistence/learner.repository';
import { SnapshotRepository } from '../persistence/snapshot.repository';
import { endpointNotRead } from './endpoint-not-read';
import { LearnerHost, type LearningBatch, type Told } from './learner-host';
import { LearnerMetrics } from './learner-metrics';
import { leftOutOnTheLog } from './left-out-on-the-log';
import { isReadable } from './plan-of';

/** The learners that are learning, in every process; the group of each gives its one partition to one of them. */
@Injectable()
export class LearnerHosts implements OnModuleDestroy {
  private readonly hosts = new HostBoard<FoldHost<LearningBatch, Told>>();
  private readonly started = new Map<string, LearnerStarted>();
  /** Version of the learner's aggregate when its host was opened. */
  private readonly openedAt = new Map<string, number>();

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
    this.started.set(started.learner, started);
    void this.hosts.open(started.learner, () => this.hostOf(started));
  }

  /** Reads on from where the roll back has put it; a host that was opened after the roll back does so already. */
  async rolledBack({ learner, aggregateVersion }: LearnerRolledBack): Promise<void> {
    const started = this.started.get(learner);
    if (!started || (this.openedAt.get(learner) ?? 0) >= aggregateVersion) return;
    await this.hosts.close(learner);
    this.open(started);
  }

  async close(learner: string): Promise<void> {
    this.started.delete(learner);
    await this.hosts.close(learner);
    this.metrics.gone(learner);
  }

  onModuleDestroy(): Promise<void> {
    return this.hosts.stop();
  }

  private async hostOf(started: LearnerStarted): Promise<FoldHost<LearningBatch, Told>> {
    await this.forgetUnreadable(started);
    const { version } = await this.unitOfWork.run(() => this.repository.load(started.learner));
    const fold = await this.foldOf(started);
    this.openedAt.set(started.learner, version);
    this.logger.info({ learner: started.learner, topic: started.labelledTopic }, 'Learns from the stream');
    return new FoldHost<LearningBatch, Told>({
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

  /** What another version of the learners has left, or a damaged state, is of no use: the log is read again. */
  private async forgetUnreadable(started: LearnerStarted): Promise<void> {
    const { learner, plan } = started;
    await this.unitOfWork.run(async () => {
      if ((await this.repository.standsStill(learner)) === null) return;
      const known = await this.repository.knowledge(learner);
      if (known === undefined || isReadable(plan, known.state)) return;
      await this.repository.forget(learner);
      await this.repository.readAgain(started);
      this.logger.warn({ learner }, 'What it knew is of another version or damaged: it learns from the log again');
    });
  }

  /** The fold of a rebuild, which has the log alone. */
  async refoldOf(started: LearnerStarted): Promise<Fold<LearningBatch, Told>> {
    return this.foldOf(started, await leftOutOnTheLog(this.client, this.registry, started.learner));
  }

  /** Learning as a fold of the labelled examples, whoever reads them. */
  async foldOf(started: LearnerStarted, leftOut?: readonly LeftOut[]): Promise<Fold<LearningBatch, Told>> {
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
      ...(leftOut && { leftOut }),
    });
    return {
      group: learningGroup(started.learner),
      topics: [started.labelledTopic],
      prepare: (batch) => learner.prepare(batch),
      fold: (batch) => learner.fold(batch),
      folded: (batch, told) => learner.folded(batch, told),
    };
  }
}

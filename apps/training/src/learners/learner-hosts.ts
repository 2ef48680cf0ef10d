import type { Clock, LearnerStarted, Logger } from '@millrace/contracts';
import { Events, FoldHost, KafkaClient, MessagingEvents, pauseFor, SchemaRegistryClient } from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LearnerRepository } from '../persistence/learner.repository';
import { LearnerHost, type LearningBatch } from './learner-host';

const RETRY_MS = 500;

/** The learners that are learning, in every process; the group of each gives its one partition to one of them. */
@Injectable()
export class LearnerHosts implements OnModuleDestroy {
  private readonly hosts = new Map<string, FoldHost<LearningBatch> | null>();
  private readonly troubles = new Map<string, string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly repository: LearnerRepository,
    private readonly events: Events,
    private readonly unitOfWork: UnitOfWork,
    private readonly positions: Positions,
    private readonly lifecycle: MessagingEvents,
    health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('learners', () => this.reason());
  }

  open(started: LearnerStarted): void {
    if (this.hosts.has(started.learner)) return;
    this.hosts.set(started.learner, null);
    void this.begin(started);
  }

  async close(learner: string): Promise<void> {
    const host = this.hosts.get(learner);
    this.hosts.delete(learner);
    this.troubles.delete(learner);
    await host?.stop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.hosts.values()].map((host) => host?.stop()));
  }

  /** The endpoint was known when the learner was started; here it may have to be read from the log again first. */
  private async begin(started: LearnerStarted): Promise<void> {
    while (!this.stopping.signal.aborted && this.hosts.has(started.learner)) {
      try {
        const host = await this.hostOf(started);
        if (host) {
          this.hosts.set(started.learner, host);
          await host.start();
          this.logger.info({ learner: started.learner, topic: started.labelledTopic }, 'Learns from the stream');
          return;
        }
      } catch (error) {
        this.trouble(started.learner, error as Error);
        await this.hosts.get(started.learner)?.stop();
      }
      await pauseFor(RETRY_MS, this.stopping.signal);
    }
  }

  private async hostOf(started: LearnerStarted): Promise<FoldHost<LearningBatch> | null> {
    const endpoint = await this.repository.endpoint(started.endpoint, started.major);
    if (!endpoint) return null;
    const { registry, repository, events, clock } = this;
    const learner = new LearnerHost({ started, endpoint, registry, repository, events, now: () => clock.now() });
    return new FoldHost<LearningBatch>({
      client: this.client,
      group: `training.learner.${started.learner}`,
      topics: [started.labelledTopic],
      prepare: (batch) => learner.prepare(batch),
      fold: (batch) => learner.fold(batch),
      folded: (batch) => learner.folded(batch),
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.trouble(started.learner, error),
      lifecycle: this.lifecycle,
      now: () => clock.now(),
      logger: this.logger.child({ learner: started.learner }),
    });
  }

  private trouble(learner: string, error: Error | null): void {
    if (error === null) this.troubles.delete(learner);
    else this.troubles.set(learner, error.message);
  }

  private reason(): string | null {
    const reasons = [...this.hosts].flatMap(([learner, host]) => {
      const reason = host?.trouble() ?? this.troubles.get(learner);
      return reason ? [`${learner}: ${reason}`] : [];
    });
    return reasons.length === 0 ? null : reasons.join('; ');
  }
}

import {
  avroOf,
  type Clock,
  type EndpointCreated,
  endpointTopics,
  type Logger,
  labelledRecord,
  subjectOf,
  topicConfig,
} from '@millrace/contracts';
import {
  Events,
  FoldHost,
  HostBoard,
  KafkaClient,
  MessagingEvents,
  parseSchema,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { IngestionSettings } from '../ingestion.settings';
import { ContradictionsRepository } from '../persistence/contradictions.repository';
import { WaitingRepository } from '../persistence/waiting.repository';
import { JoinMetrics } from './join-metrics';
import { type JoinBatch, type JoinResult, OutcomeJoin } from './outcome-join';

/** One join for each major of every endpoint, in every process; the group deals out the partitions. */
@Injectable()
export class EndpointJoins implements OnModuleDestroy {
  private readonly joins = new Map<string, OutcomeJoin>();
  private readonly hosts = new HostBoard<FoldHost<JoinBatch, JoinResult>>();

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly waiting: WaitingRepository,
    private readonly contradictions: ContradictionsRepository,
    private readonly events: Events,
    private readonly unitOfWork: UnitOfWork,
    private readonly positions: Positions,
    private readonly lifecycle: MessagingEvents,
    private readonly metrics: JoinMetrics,
    health: Health,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('joining outcomes', () => this.hosts.reason());
  }

  /** Begins to join; a major of an endpoint that is joined already stays as it is. */
  open(endpoint: EndpointCreated): void {
    const join = new OutcomeJoin({
      endpoint,
      client: this.client,
      registry: this.registry,
      waiting: this.waiting,
      contradictions: this.contradictions,
      events: this.events,
      metrics: this.metrics,
      horizonMs: this.settings.MILLRACE_OUTCOME_HORIZON,
      now: () => this.clock.now(),
    });
    if (this.joins.has(join.family)) return;
    this.joins.set(join.family, join);
    void this.hosts.open(join.family, async () => {
      await this.makeTopic(endpoint);
      this.logger.info({ endpoint: endpoint.endpoint, major: endpoint.major }, 'Joins outcomes to responses');
      return this.hostOf(endpoint, join);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.hosts.stop();
    await Promise.all([...this.joins.values()].map((join) => join.close()));
  }

  /** Its own topic, which endpoints of earlier versions do not have. */
  private async makeTopic({ endpoint, major, signature }: EndpointCreated): Promise<void> {
    const topic = endpointTopics(endpoint, major).labelled;
    const { name, partitions } = topic;
    await this.client.admin.createTopics([{ name, partitions, config: topicConfig(topic) }]);
    const record = labelledRecord(endpoint, major, signature);
    const subject = subjectOf(topic, record);
    await this.registry.setCompatibility(subject, 'FULL_TRANSITIVE');
    await this.registry.register(subject, parseSchema(JSON.stringify(avroOf(record))));
  }

  private hostOf({ responsesTopic, outcomesTopic }: EndpointCreated, join: OutcomeJoin) {
    return new FoldHost<JoinBatch, JoinResult>({
      client: this.client,
      group: `ingestion.join.${join.family}`,
      topics: [responsesTopic, outcomesTopic],
      prepare: (batch, signal) => join.prepare(batch, signal),
      fold: (batch) => join.fold(batch),
      folded: (batch, result) => join.folded(batch, result),
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.hosts.trouble(join.family, error),
      lifecycle: this.lifecycle,
      now: () => this.clock.now(),
      logger: this.logger.child({ join: join.family }),
    });
  }
}

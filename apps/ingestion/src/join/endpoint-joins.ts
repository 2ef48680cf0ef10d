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
  KafkaClient,
  MessagingEvents,
  parseSchema,
  pauseFor,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { IngestionSettings } from '../ingestion.settings';
import { WaitingRepository } from '../persistence/waiting.repository';
import { JoinMetrics } from './join-metrics';
import { type JoinBatch, OutcomeJoin } from './outcome-join';

const RETRY_MS = 2_000;

interface Open {
  readonly join: OutcomeJoin;
  host: FoldHost<JoinBatch> | null;
}

/** One join for each major of every endpoint, in every process; the group deals out the partitions. */
@Injectable()
export class EndpointJoins implements OnModuleDestroy {
  private readonly joins = new Map<string, Open>();
  private readonly troubles = new Map<string, string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly waiting: WaitingRepository,
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
    health.report('joining outcomes', () => this.reason());
  }

  /** Begins to join; a major of an endpoint that is joined already stays as it is. */
  open(endpoint: EndpointCreated): void {
    const join = new OutcomeJoin({
      endpoint,
      client: this.client,
      registry: this.registry,
      waiting: this.waiting,
      events: this.events,
      metrics: this.metrics,
      horizonMs: this.settings.MILLRACE_OUTCOME_HORIZON,
      now: () => this.clock.now(),
    });
    if (this.joins.has(join.family)) return;
    const open: Open = { join, host: null };
    this.joins.set(join.family, open);
    void this.begin(endpoint, open);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const { host, join } of this.joins.values()) {
      await host?.stop();
      await join.close();
    }
  }

  private async begin(endpoint: EndpointCreated, open: Open): Promise<void> {
    const { family } = open.join;
    while (!this.stopping.signal.aborted) {
      try {
        await this.makeTopic(endpoint);
        open.host = this.hostOf(endpoint, open.join);
        await open.host.start();
        this.logger.info({ endpoint: endpoint.endpoint, major: endpoint.major }, 'Joins outcomes to responses');
        return;
      } catch (error) {
        this.trouble(family, error as Error);
        await open.host?.stop();
        await pauseFor(RETRY_MS, this.stopping.signal);
      }
    }
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

  private hostOf({ responsesTopic, outcomesTopic }: EndpointCreated, join: OutcomeJoin): FoldHost<JoinBatch> {
    return new FoldHost<JoinBatch>({
      client: this.client,
      group: `ingestion.join.${join.family}`,
      topics: [responsesTopic, outcomesTopic],
      prepare: (batch, signal) => join.prepare(batch, signal),
      fold: (batch) => join.fold(batch),
      folded: (batch) => join.folded(batch),
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.trouble(join.family, error),
      lifecycle: this.lifecycle,
      now: () => this.clock.now(),
      logger: this.logger.child({ join: join.family }),
    });
  }

  private trouble(family: string, error: Error | null): void {
    if (error === null) this.troubles.delete(family);
    else this.troubles.set(family, error.message);
  }

  private reason(): string | null {
    const reasons = [...this.joins].flatMap(([family, { host }]) => {
      const reason = host?.trouble() ?? this.troubles.get(family);
      return reason ? [`${family}: ${reason}`] : [];
    });
    return reasons.length === 0 ? null : reasons.join('; ');
  }
}

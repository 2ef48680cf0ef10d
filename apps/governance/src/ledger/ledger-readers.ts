import {
  type Clock,
  type EndpointCreated,
  endpointFamily,
  type Logger,
  ledgeredFacts,
  ledgeredOfEndpoint,
  type TopicDefinition,
} from '@millrace/contracts';
import { ChainOnLog, LeafEncoder } from '@millrace/ledger';
import {
  type FetchedPartition,
  type Fold,
  FoldHost,
  HostBoard,
  KafkaClient,
  MessagingEvents,
  type OffsetRange,
  SchemaRegistryClient,
  TrustedKeys,
} from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LedgerRepository, type NewLeaves } from '../persistence/ledger.repository';
import { LedgerHeads } from './ledger-heads';
import { LedgerMetrics } from './ledger-metrics';
import { Pace } from './pace';
import { storedTreesFor } from './stored-trees';

/**
 * Reads every covered topic in fold mode and grows the trees: the facts from the start on, the traffic of each major of an
 * endpoint as it comes to be known. The records are taken as bytes; what does not decode is covered like everything else.
 */
@Injectable()
export class LedgerReaders implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly hosts = new HostBoard<FoldHost<NewLeaves>>();
  private readonly chain: ChainOnLog;
  private readonly pace = new Pace();
  private readonly encoders = new Map<string, LeafEncoder>();

  constructor(
    private readonly client: KafkaClient,
    schemas: SchemaRegistryClient,
    trusted: TrustedKeys,
    private readonly repository: LedgerRepository,
    private readonly heads: LedgerHeads,
    private readonly metrics: LedgerMetrics,
    private readonly unitOfWork: UnitOfWork,
    private readonly positions: Positions,
    private readonly lifecycle: MessagingEvents,
    health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.chain = new ChainOnLog(client, schemas, trusted.installation);
    health.report('ledger', () => this.hosts.reason());
  }

  onApplicationBootstrap(): void {
    this.read('facts', this.foldOfFacts());
  }

  /** A major that is read already stays as it is. */
  open(endpoint: EndpointCreated): void {
    this.read(endpointFamily(endpoint), this.foldOfTraffic(endpoint));
  }

  onModuleDestroy(): Promise<void> {
    return this.hosts.stop();
  }

  /** The trees of facts as a fold, whoever reads them. */
  foldOfFacts(): Fold<NewLeaves> {
    return this.foldOf('facts', ledgeredFacts);
  }

  foldOfTraffic(endpoint: EndpointCreated): Fold<NewLeaves> {
    return this.foldOf(endpointFamily(endpoint), ledgeredOfEndpoint(endpoint.endpoint, endpoint.major));
  }

  private foldOf(name: string, topics: readonly TopicDefinition[]): Fold<NewLeaves> {
    return {
      group: `governance.ledger.${name}`,
      topics: topics.map((topic) => topic.name),
      prepare: async (batch) => this.leavesOf(batch),
      fold: (leaves) => this.repository.grow(leaves),
      resume: (trimmed, signal) => this.resume(trimmed, signal),
    };
  }

  /** Leaves that retention has taken stand in the trees that were stored beside the heads. */
  private async resume(trimmed: readonly OffsetRange[], signal: AbortSignal): Promise<OffsetRange[]> {
    const stored = await storedTreesFor(trimmed, this.chain.links(), signal);
    await this.unitOfWork.run(async () => {
      for (const tree of stored.values()) await this.repository.goOnFrom(tree);
    });
    return trimmed.map((range) => ({ ...range, from: stored.get(range)?.nextOffset ?? 0 }));
  }

  private read(name: string, fold: Fold<NewLeaves>): void {
    const logger = this.logger.child({ ledger: name });
    void this.hosts.open(
      name,
      () =>
        new FoldHost<NewLeaves>({
          ...fold,
          prepare: async (batch, signal) => {
            await this.pace.keep(batch, signal);
            return fold.prepare(batch, signal);
          },
          folded: ({ topic, leaves }) => {
            if (leaves.length === 0) return;
            this.metrics.appended(topic, leaves.length);
            this.heads.appended();
          },
          client: this.client,
          unitOfWork: this.unitOfWork,
          positions: this.positions,
          onTrouble: (error) => this.hosts.trouble(name, error),
          lifecycle: this.lifecycle,
          now: () => this.clock.now(),
          logger,
        }),
    );
  }

  private leavesOf({ topic, partition, records }: FetchedPartition): NewLeaves {
    const name = `${topic}/${partition}`;
    let encoder = this.encoders.get(name);
    if (encoder === undefined) {
      encoder = new LeafEncoder(topic, partition);
      this.encoders.set(name, encoder);
    }
    const leaves: Buffer[] = [];
    let nextOffset = 0;
    while (records.next()) {
      leaves.push(encoder.hashAt(records));
      nextOffset = records.offset + 1;
    }
    return { topic, partition, nextOffset, leaves };
  }
}

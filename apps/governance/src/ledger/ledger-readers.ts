import { type Clock, type EndpointCreated, type Logger, ledgeredFacts, ledgeredOfEndpoint } from '@millrace/contracts';
import { LeafEncoder } from '@millrace/ledger';
import { type FetchedPartition, FoldHost, HostBoard, KafkaClient, MessagingEvents } from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LedgerRepository, type NewLeaves } from '../persistence/ledger.repository';
import { LedgerHeads } from './ledger-heads';
import { LedgerMetrics } from './ledger-metrics';

/**
 * Reads every covered topic in fold mode and grows the trees: the facts from the start on, the traffic of each major of an
 * endpoint as it comes to be known. The records are taken as bytes; what does not decode is covered like everything else.
 */
@Injectable()
export class LedgerReaders implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly hosts = new HostBoard<FoldHost<NewLeaves>>();
  private readonly encoders = new Map<string, LeafEncoder>();

  constructor(
    private readonly client: KafkaClient,
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
    health.report('ledger', () => this.hosts.reason());
  }

  onApplicationBootstrap(): void {
    this.read(
      'facts',
      ledgeredFacts.map(({ name }) => name),
    );
  }

  /** A major that is read already stays as it is. */
  open({ endpoint, major }: EndpointCreated): void {
    this.read(
      `${endpoint}.v${major}`,
      ledgeredOfEndpoint(endpoint, major).map(({ name }) => name),
    );
  }

  onModuleDestroy(): Promise<void> {
    return this.hosts.stop();
  }

  private read(name: string, topics: readonly string[]): void {
    const logger = this.logger.child({ ledger: name });
    void this.hosts.open(
      name,
      () =>
        new FoldHost<NewLeaves>({
          client: this.client,
          group: `governance.ledger.${name}`,
          topics,
          prepare: async (batch) => this.leavesOf(batch),
          fold: (leaves) => this.repository.grow(leaves),
          folded: ({ topic, leaves }) => {
            if (leaves.length === 0) return;
            this.metrics.appended(topic, leaves.length);
            this.heads.appended();
          },
          unitOfWork: this.unitOfWork,
          positions: this.positions,
          onTrouble: (error) => this.hosts.trouble(name, error),
          lifecycle: this.lifecycle,
          now: () => this.clock.now(),
          logger,
        }),
    );
  }

  private leavesOf({ topic, partition, nextOffset, records }: FetchedPartition): NewLeaves {
    const name = `${topic}/${partition}`;
    let encoder = this.encoders.get(name);
    if (encoder === undefined) {
      encoder = new LeafEncoder(topic, partition);
      this.encoders.set(name, encoder);
    }
    const leaves: Buffer[] = [];
    while (records.next()) leaves.push(encoder.hashAt(records));
    return { topic, partition, nextOffset, leaves };
  }
}

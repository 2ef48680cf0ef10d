import { type Clock, type Logger, type SourceRegistered, Topics } from '@millrace/contracts';
import { fieldViews } from '@millrace/data';
import {
  AvroCodec,
  HostBoard,
  KafkaClient,
  LaneHost,
  type LaneProcessor,
  MessagingEvents,
  parseSchema,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { CLOCK, Health, LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DeadLetterEncoder } from './dead-letter-encoder';
import { ExpectationSets } from './expectation-sets';
import { RecordSorter } from './record-sorter';
import { SortingBySet } from './sorting-by-set';
import { SortingLog } from './sorting-log';
import { SortingMetrics } from './sorting-metrics';

/** As fast as larger transactions (sorting costs 4 us a record), and 15 MB less of garbage at a time. */
const LIMITS = { maxRecords: 1_000, maxBytes: 262_144 };

/** The lanes that sort raw records: one host per source, one lane per partition that the group gives to this process. */
@Injectable()
export class SourceLanes implements OnModuleDestroy {
  private readonly hosts = new HostBoard<LaneHost>();

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly lifecycle: MessagingEvents,
    private readonly metrics: SortingMetrics,
    private readonly sets: ExpectationSets,
    private readonly log: SortingLog,
    health: Health,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('sorting', () => this.hosts.reason());
  }

  /** Begins to sort a source's records. A source that is open already stays as it is: sources never change. */
  open(source: SourceRegistered): void {
    void this.hosts.open(source.source, () => this.hostOf(source));
  }

  async onModuleDestroy(): Promise<void> {
    await this.hosts.stop();
  }

  private hostOf(source: SourceRegistered): LaneHost {
    this.logger.info({ source: source.source, topic: source.recordsTopic }, 'Sorting the records of a source');
    return new LaneHost({
      client: this.client,
      group: `ingestion.${source.recordsTopic}`,
      topic: source.recordsTopic,
      processor: (partition) => this.sorterOf(source, partition),
      limits: LIMITS,
      outputs: [source.acceptedTopic, source.quarantineTopic, { topic: Topics.sortings.name, partition: 0 }],
      refuseWithoutOffsetWhenNotEmpty: source.acceptedTopic,
      lifecycle: this.lifecycle,
      onTrouble: (error) => this.hosts.trouble(source.source, error),
      now: () => this.clock.now(),
      logger: this.logger.child({ source: source.source }),
    });
  }

  private sorterOf(source: SourceRegistered, partition: number): LaneProcessor {
    return new RecordSorter({
      source,
      expectations: new SortingBySet(source.source, partition, this.sets, this.log),
      registry: this.registry,
      codec: AvroCodec.of(parseSchema(source.schema)),
      fields: fieldViews(source.schema),
      deadLetters: new DeadLetterEncoder(this.registry, source.quarantineTopic),
      observer: this.metrics,
      now: () => this.clock.now(),
    });
  }
}

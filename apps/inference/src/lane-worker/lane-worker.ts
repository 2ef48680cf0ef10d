import { once } from 'node:events';
import type { ArtifactStore } from '@millrace/artifacts';
import {
  type AnyRecordSchema,
  avroOf,
  type Clock,
  DeadLetter,
  EndpointCreated,
  EndpointRetired,
  endpointTopics,
  InfrastructureError,
  type Logger,
  ModelQuarantined,
  QuarantineLifted,
  ReleaseActivated,
  ReleaseHalted,
  subjectOf,
  Topics,
} from '@millrace/contracts';
import {
  BroadcastReader,
  ControlReader,
  type FetchedPartition,
  HostBoard,
  type KafkaClient,
  LaneHost,
  type LaneOutput,
  type LaneProcessor,
  MessagingEvents,
  parseSchema,
  type Received,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { runtimeName } from '@millrace/onnx';
import { ReleaseTable } from '../domain/release-table';
import type { LifecycleEvent, WorkerReport } from '../supervision/worker-messages';
import { AnswerRequests } from './answer-requests';
import type { FlightRecorder } from './flight-recorder';
import { LaneCounts } from './lane-counts';
import { ModelCache } from './model-cache';
import { ModelCalls } from './model-calls';

export interface LaneWorkerOptions {
  readonly client: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly artifacts: ArtifactStore;
  readonly recorder: FlightRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Older knowledge of what is released is not answered by (ARCHITECTURE section 6). */
const FRESH_MS = 2_000;

/** Hosts the lanes of every endpoint: reads what is released in broadcast mode and answers requests lane by lane. */
export class LaneWorker {
  private readonly table = new ReleaseTable();
  private readonly hosts = new HostBoard<LaneHost>();
  private readonly models: ModelCache;
  private readonly lifecycle = new MessagingEvents();
  private readonly counts = new LaneCounts();
  private readonly runtime = runtimeName();
  private readonly broadcasts: readonly BroadcastReader[];
  private readonly releases: BroadcastReader;
  /** Of the topics that are read in broadcast mode. */
  private readonly troubles = new Map<string, string>();
  private readonly deadLetterSchemaIds = new Map<string, number>();
  private readonly stopping = new AbortController();
  private started = false;

  constructor(private readonly options: LaneWorkerOptions) {
    const { artifacts, recorder, clock, logger } = options;
    const now = () => clock.now();
    this.models = new ModelCache(artifacts, new ModelCalls(recorder, now), now, logger);
    this.releases = this.broadcast(Topics.releases.name, [ReleaseActivated, ReleaseHalted], ({ record, data }) => {
      if (record === ReleaseHalted.fullName) this.table.releaseHalted(data as ReleaseHalted);
      else this.table.releaseActivated(data as ReleaseActivated);
    });
    const quarantines = this.broadcast(
      Topics.quarantines.name,
      [ModelQuarantined, QuarantineLifted],
      ({ record, data }) => {
        if (record === ModelQuarantined.fullName) this.table.modelQuarantined(data as ModelQuarantined);
        else this.table.quarantineLifted(data as QuarantineLifted);
      },
    );
    const endpoints = this.broadcast(Topics.endpoints.name, [EndpointCreated, EndpointRetired], ({ record, data }) =>
      this.endpointChanged(record, data),
    );
    this.broadcasts = [this.releases, quarantines, endpoints];
    for (const name of ['transaction', 'laneRecovery'] as const)
      this.lifecycle.on(name, (event) => this.counts.happened({ name, event } as LifecycleEvent));
  }

  /** Resolves when every endpoint is served that was known, or when it is stopped before. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const stopped = once(signal, 'abort');
    for (const broadcast of this.broadcasts) broadcast.start();
    await Promise.race([Promise.all(this.broadcasts.map((broadcast) => broadcast.whenReady)), stopped]);
    if (signal.aborted) return;
    this.started = true;
    await Promise.all(this.table.servedEndpoints().map((endpoint) => this.serve(endpoint)));
  }

  /** Ends every transaction in hand, leaves the groups, closes the readers. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.hosts.stop();
    await Promise.all(this.broadcasts.map((broadcast) => broadcast.stop()));
  }

  report(): WorkerReport {
    const lanes = this.table.servedEndpoints().flatMap((endpoint) => {
      const { revision } = this.table.route(endpoint.endpoint, endpoint.major);
      const host = this.hosts.get(endpoint.requestsTopic);
      return (host?.lanes() ?? []).map((lane) => ({ ...lane, endpoint: endpoint.endpoint, revision }));
    });
    const reason = this.reason();
    return {
      type: 'report',
      ready: reason === null,
      reason,
      lanes,
      ...this.counts.take(),
      rssBytes: process.memoryUsage.rss(),
    };
  }

  private reason(): string | null {
    if (!this.started) return 'reads what is released';
    const [trouble] = this.troubles.values();
    return this.hosts.reason() ?? trouble ?? null;
  }

  private endpointChanged(record: string, data: unknown): void {
    if (record === EndpointRetired.fullName) {
      this.table.endpointRetired(data as EndpointRetired);
      return;
    }
    const endpoint = data as EndpointCreated;
    this.table.endpointCreated(endpoint);
    if (this.started) void this.serve(endpoint);
  }

  private serve(endpoint: EndpointCreated): Promise<void> {
    return this.hosts.open(endpoint.requestsTopic, () => this.hostOf(endpoint));
  }

  private hostOf(endpoint: EndpointCreated): LaneHost {
    const { client, clock, logger } = this.options;
    logger.info({ endpoint: endpoint.endpoint, topic: endpoint.requestsTopic }, 'Serves an endpoint');
    return new LaneHost({
      client,
      group: `inference.${endpoint.requestsTopic}`,
      topic: endpoint.requestsTopic,
      outputs: [endpoint.responsesTopic, endpoint.deadLettersTopic],
      refuseWithoutOffsetWhenNotEmpty: endpoint.responsesTopic,
      processor: (partition) => this.processor(endpoint, partition),
      lifecycle: this.lifecycle,
      onTrouble: (error) => this.hosts.trouble(endpoint.requestsTopic, error),
      now: () => clock.now(),
      logger: logger.child({ endpoint: endpoint.endpoint }),
    });
  }

  private processor(endpoint: EndpointCreated, partition: number): LaneProcessor {
    const { schemas, clock, logger } = this.options;
    const answers = new AnswerRequests({
      endpoint,
      partition,
      table: this.table,
      tableIsFresh: () => clock.now() - this.releases.lastFetchAt < FRESH_MS,
      models: this.models,
      schemas,
      deadLetterSchemaId: () => this.deadLetterSchemaId(endpoint),
      onResponse: (status) => this.counts.response(endpoint.endpoint, status),
      onDeadLetter: (reasonCode) =>
        this.counts.happened({ name: 'deadLetter', event: { topic: endpoint.requestsTopic, reasonCode } }),
      runtime: this.runtime,
      clock,
      logger,
    });
    return new AfterCatchUp(answers, () => this.releases.catchUp());
  }

  private async deadLetterSchemaId(endpoint: EndpointCreated): Promise<number> {
    const subject = subjectOf(endpointTopics(endpoint.endpoint, endpoint.major).deadLetters, DeadLetter);
    const known = this.deadLetterSchemaIds.get(subject);
    if (known !== undefined) return known;
    const found = await this.options.schemas.lookup(subject, parseSchema(JSON.stringify(avroOf(DeadLetter))));
    if (found) {
      this.deadLetterSchemaIds.set(subject, found.id);
      return found.id;
    }
    throw new InfrastructureError({
      code: 'SCHEMA_NOT_REGISTERED',
      message: `The schema registry has no schema under ${subject}, which the registry service registers when it makes an endpoint.`,
    });
  }

  private broadcast(
    topic: string,
    records: readonly AnyRecordSchema[],
    handle: (received: Received<unknown>) => void,
  ): BroadcastReader {
    const { client, schemas, clock, logger } = this.options;
    return new BroadcastReader({
      client,
      topic,
      from: 'first',
      reader: new ControlReader(schemas, records),
      handle,
      // The service that owns the group of this topic dead-letters it; a lane worker can only pass over it.
      onPoison: async (record, error) =>
        logger.error({ topic, offset: record.offset, code: error.code }, 'Passed over an unreadable record'),
      onTrouble: (error) => this.trouble(topic, error),
      now: () => clock.now(),
      logger,
    });
  }

  private trouble(topic: string, error: Error | null): void {
    if (error) this.troubles.set(topic, `${topic}: ${error.message}`);
    else this.troubles.delete(topic);
  }
}

/**
 * Before the first batch after an assignment the release topic is read to its end: the owner before may have answered by
 * a newer release than this worker has seen, and revisions must not go down within a partition.
 */
class AfterCatchUp implements LaneProcessor {
  private caughtUp = false;

  constructor(
    private readonly inner: LaneProcessor,
    private readonly catchUp: () => Promise<void>,
  ) {}

  async process(batch: FetchedPartition, out: LaneOutput): Promise<void> {
    if (!this.caughtUp) await this.catchUp();
    this.caughtUp = true;
    await this.inner.process(batch, out);
  }
}

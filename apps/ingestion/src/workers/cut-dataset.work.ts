import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  type Clock,
  crashPoint,
  type DecisionContext,
  type Logger,
  type OffsetRange,
  type Refusal,
  refusalOfError,
  type SnapshotDataset,
} from '@millrace/contracts';
import { runJob } from '@millrace/data';
import { KafkaClient, type Received } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import {
  type artifactSettings,
  CLOCK,
  LOGGER,
  SETTINGS,
  type schemaRegistrySettings,
  type ValuesOf,
} from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import type { DatasetFact } from '../domain/dataset';
import { type CutDataset, rangesOf, refuseDataset, registerDataset, whyNotSnapshot } from '../domain/snapshot-dataset';
import type { SnapshotOf, SnapshotSource } from '../domain/snapshot-source';
import type { IngestionSettings } from '../ingestion.settings';
import { LabelledSources } from '../join/labelled-sources';
import { IngestionRepository } from '../persistence/ingestion.repository';
import { contextOf } from './context';
import type { CutJobInput, CutProgress } from './cut/cut-job';

type Settings = IngestionSettings & ValuesOf<typeof schemaRegistrySettings> & ValuesOf<typeof artifactSettings>;
type Next = Awaited<ReturnType<IngestionRepository['nextDataset']>>;
type Decide = (dataset: Next, source: SnapshotSource, context: DecisionContext) => DatasetFact[];

const LOG_EVERY_MS = 5_000;

/**
 * Cuts data sets, in a child process that ends with each: what is final on the accepted topic becomes Parquet files in
 * the artifact store, then the fact says so. Killed at any moment, it is done again from the start with the same result.
 */
@Injectable()
export class CutDatasetWork {
  private readonly stopping = new AbortController();

  constructor(
    private readonly repository: IngestionRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly kafka: KafkaClient,
    private readonly labelled: LabelledSources,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async work(item: WorkItem): Promise<void> {
    const { data } = item.payload as Received<SnapshotDataset>;
    const state = await this.sourceOf(data);
    const refusal = whyNotSnapshot(state, data);
    if (refusal || state.status === 'ABSENT') return this.refuse(item, refusal);
    const ranges = await this.rangesOf(data, state.is);
    if ('reasonCode' in ranges) return this.refuse(item, ranges);
    const cut = await this.cut(item, state.is, data, ranges);
    crashPoint('ingestion.after-cut');
    await this.answer(item, (dataset, source, context) =>
      registerDataset(dataset.state, dataset.number, data, source, cut, context),
    );
  }

  async giveUp(item: WorkItem, error: Error): Promise<void> {
    await this.refuse(item, refusalOfError(error));
  }

  /** Ends the cut in hand; its item is given back. */
  stop(): void {
    this.stopping.abort();
  }

  /** A source, or the labelled examples of one major of an endpoint: names of sources have no dot. */
  private async sourceOf({ source }: SnapshotDataset): Promise<SnapshotSource> {
    if (source.includes('.')) return this.labelled.find(source);
    return this.unitOfWork.run(async () => (await this.repository.sources.load(source)).state);
  }

  private async rangesOf(command: SnapshotDataset, source: SnapshotOf): Promise<OffsetRange[] | Refusal> {
    const { admin } = this.kafka;
    const start = await admin.startOffsets(source.acceptedTopic);
    const stable = await admin.endOffsets(source.acceptedTopic, 'committed');
    const inOrder = (offsets: ReadonlyMap<number, number>) =>
      [...offsets].sort(([a], [b]) => a - b).map(([, offset]) => offset);
    return rangesOf(command, { start: inOrder(start), stable: inOrder(stable) });
  }

  private async cut(
    item: WorkItem,
    source: SnapshotOf,
    command: SnapshotDataset,
    ranges: OffsetRange[],
  ): Promise<CutDataset> {
    const folder = await this.emptyFolder(item);
    const logger = this.logger.child({ source: source.source, item: item.id, attempt: item.attempts });
    try {
      const input = this.inputOf(source, command, ranges, folder);
      return await runJob<CutDataset, CutProgress>({
        script: join(__dirname, 'cut', `main${extname(__filename)}`),
        heapMb: this.settings.MILLRACE_CUT_HEAP,
        input,
        onProgress: this.logProgress(logger),
        onLog: (line) => logger.warn({ line }, 'The cutting process says'),
        signal: this.stopping.signal,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private inputOf(
    source: SnapshotOf,
    { holdOutFrom, holdOutFraction }: SnapshotDataset,
    ranges: OffsetRange[],
    folder: string,
  ): CutJobInput {
    const { settings } = this;
    const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = settings;
    return {
      kafka: { ...this.kafka.settings, clientId: `${this.kafka.settings.clientId}-cut` },
      registry: {
        url: settings.SCHEMA_REGISTRY_URL,
        prefix: this.kafka.prefix,
        ...(username === undefined ? {} : { basicAuth: { username, password: password ?? '' } }),
      },
      artifacts: settings.MILLRACE_ARTIFACTS,
      folder,
      memoryMb: settings.MILLRACE_CUT_MEMORY,
      topic: source.acceptedTopic,
      ranges,
      schema: source.schema,
      labelled: source.labelled ?? null,
      eventTimeField: source.eventTimeField,
      holdOut: holdOutFrom === null ? { fraction: holdOutFraction } : { from: holdOutFrom },
    };
  }

  /** Named by item and attempt: what a killed attempt has left is removed, and one that still runs has lost its ground. */
  private async emptyFolder(item: WorkItem): Promise<string> {
    const name = createHash('sha256').update(item.id).digest('hex').slice(0, 16);
    const folder = (attempt: number) => join(this.settings.MILLRACE_SCRATCH, `millrace-cut-${name}-${attempt}`);
    for (let attempt = 1; attempt <= item.attempts; attempt++)
      await rm(folder(attempt), { recursive: true, force: true });
    await mkdir(folder(item.attempts), { recursive: true, mode: 0o700 });
    return folder(item.attempts);
  }

  private logProgress(logger: Logger): (progress: CutProgress) => void {
    let loggedAt = this.clock.now();
    return (progress) => {
      if (this.clock.now() - loggedAt < LOG_EVERY_MS) return;
      loggedAt = this.clock.now();
      logger.info({ ...progress }, 'Cutting a data set');
    };
  }

  private refuse(item: WorkItem, refusal: Refusal | null): Promise<void> {
    const { data } = item.payload as Received<SnapshotDataset>;
    return this.answer(item, ({ number }, _, context) => refuseDataset(number, data, refusal, context));
  }

  private async answer(item: WorkItem, decide: Decide): Promise<void> {
    const command = item.payload as Received<SnapshotDataset>;
    await this.unitOfWork.run(async () => {
      if (!(await this.queue.claim(item.id))) return;
      const source = await this.sourceOf(command.data);
      const dataset = await this.repository.nextDataset(command.data.source);
      const facts = decide(dataset, source, contextOf(command, dataset, this.clock.now()));
      await this.repository.datasets.save(dataset, facts, command);
      await this.queue.complete(item.id);
    });
  }
}

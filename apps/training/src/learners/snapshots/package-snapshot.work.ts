import { extname, join } from 'node:path';
import {
  crashPoint,
  InfrastructureError,
  type LearnerStarted,
  type Logger,
  refusalOfError,
  stamp,
} from '@millrace/contracts';
import { runJob } from '@millrace/data';
import { KafkaClient, labelledReader, SchemaRegistryClient } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { type artifactSettings, CLOCK, type Clock, LOGGER, SETTINGS, type ValuesOf } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import type { LearnerFact } from '../../domain/learner';
import { LearnerRepository } from '../../persistence/learner.repository';
import {
  type DueSnapshot,
  type SnapshotDraft,
  type SnapshotPlace,
  SnapshotRepository,
} from '../../persistence/snapshot.repository';
import { endpointNotRead } from '../endpoint-not-read';
import { LearnerMetrics } from '../learner-metrics';
import { onlinePlanOf } from '../plan-of';
import { lastExamples } from './last-examples';
import type { PackagedSnapshot, PackageJobInput } from './package-job';

const PARITY_ROWS = 1_000;
const HEAP_MB = 256;
const LIMIT_MS = 120_000;

/**
 * Makes ONNX files of snapshots that were due, each in a child process that ends with it. Killed at any moment, a snapshot is
 * packaged again, to the same bytes.
 */
@Injectable()
export class PackageSnapshotWork {
  private readonly stopping = new AbortController();

  constructor(
    private readonly learners: LearnerRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly metrics: LearnerMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: ValuesOf<typeof artifactSettings>,
  ) {}

  /**
   * @throws InfrastructureError SNAPSHOT_WAITS while an earlier snapshot of the learner is in the hands of another process, or was in
   *   those of one that was killed: waiting for it is no try.
   */
  async work(item: WorkItem): Promise<void> {
    const place = item.payload as SnapshotPlace;
    if (await this.snapshots.waitsBehindAnother(place))
      throw new InfrastructureError({
        code: 'SNAPSHOT_WAITS',
        message: `The snapshot of ${place.learner} at ${place.offset} waits for an earlier one.`,
      });
    const due = await this.snapshots.find(place);
    if (due === null) return this.answer(item, null, () => []);
    const packaged = await this.package(due);
    crashPoint('training.after-snapshot');
    const { artifact, signature, parity } = packaged;
    await this.answer(item, due.draft, (stamped) => [
      {
        type: 'LearnerSnapshotTaken',
        data: { ...stamped, ...due.draft, artifact: { ...artifact, mediaType: 'application/onnx' }, signature, parity },
      },
    ]);
    this.metrics.snapshot(place.learner, 'taken');
  }

  /** It cannot become a file: that is a fact too, and the learner goes on. */
  async giveUp(item: WorkItem, error: Error): Promise<void> {
    const place = item.payload as SnapshotPlace;
    const due = await this.snapshots.find(place);
    const why = refusalOfError(error);
    this.logger.warn({ ...place, ...why }, 'A snapshot of a learner did not become a file');
    await this.answer(item, due?.draft ?? null, (stamped, { learner, offset, stateHash }) => [
      { type: 'LearnerSnapshotFailed', data: { ...stamped, learner, offset, stateHash, ...why } },
    ]);
    this.metrics.snapshot(place.learner, 'failed');
  }

  /** Ends the packaging in hand; its item is given back. */
  stop(): void {
    this.stopping.abort();
  }

  private async package({ draft, state }: DueSnapshot): Promise<PackagedSnapshot> {
    const started = await this.startedBy(draft);
    const { signal } = this.stopping;
    const endpoint = await this.learners.endpoint(draft.endpoint, draft.major);
    if (endpoint === null) throw endpointNotRead(draft.endpoint);
    const reader = labelledReader(endpoint, this.registry);
    const { labelledTopic } = started;
    const limit = AbortSignal.timeout(LIMIT_MS);
    const ending = AbortSignal.any([signal, limit]);
    try {
      const rows = await lastExamples(this.client, reader, labelledTopic, draft.offset, PARITY_ROWS, ending);
      const { stateHash, offset } = draft;
      const artifacts = this.settings.MILLRACE_ARTIFACTS;
      const input: PackageJobInput = { plan: onlinePlanOf(started.plan), state, stateHash, offset, rows, artifacts };
      const logger = this.logger.child({ learner: draft.learner, offset });
      return await runJob<PackagedSnapshot>({
        script: join(__dirname, `main${extname(__filename)}`),
        heapMb: HEAP_MB,
        input,
        onLog: (line) => logger.warn({ line }, 'The packaging process says'),
        signal: ending,
      });
    } catch (error) {
      // A service that is asked to stop kills its child: that says nothing about the learner, so it is no try.
      if (!signal.aborted) throw error;
      throw new InfrastructureError({ code: 'STOPPING', message: `A snapshot of ${draft.learner} was put down.` });
    }
  }

  private async startedBy({ learner }: SnapshotDraft): Promise<LearnerStarted> {
    const { state } = await this.unitOfWork.run(() => this.learners.load(learner));
    return state.started!;
  }

  private async answer(
    item: WorkItem,
    draft: SnapshotDraft | null,
    decide: (stamped: ReturnType<typeof stamp>, draft: SnapshotDraft) => LearnerFact[],
  ): Promise<void> {
    await this.unitOfWork.run(async () => {
      await this.queue.complete(item.id);
      if (draft === null) return;
      const { learner: name, offset } = draft;
      await this.snapshots.remove(draft);
      const learner = await this.learners.load(name);
      // Told already: the labelled topic was read again.
      if (learner.state.snapshotTo >= offset) return;
      const context = { version: learner.version, now: this.clock.now(), actor: 'service:training', causeId: item.id };
      const cause = `${learner.state.started!.labelledTopic}/0/${offset - 1}`;
      await this.learners.save(learner, decide(stamp(context), draft), {
        id: cause,
        correlationId: name,
        traceparent: null,
      });
    });
  }
}

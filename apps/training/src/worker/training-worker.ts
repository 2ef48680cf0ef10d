import { setTimeout as sleep } from 'node:timers/promises';
import type { ArtifactStore } from '@millrace/artifacts';
import { type Clock, InfrastructureError, JobAssigned, type Logger, Topics } from '@millrace/contracts';
import {
  BroadcastReader,
  ControlReader,
  type KafkaClient,
  type Received,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { failureOf } from './job-failure';
import { ProgressReports } from './progress-reports';
import { type Progress, TrainModel } from './train-model';
import type { WorkerReports } from './worker-reports';

export interface TrainingWorkerOptions {
  /** Fresh for every process: nothing that was assigned before applies to it. */
  readonly worker: string;
  readonly client: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly reports: WorkerReports;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly checkpointMs: number;
  /** Without a job for so long, the worker ends. */
  readonly idleMs: number;
}

interface Current {
  readonly assigned: Received<JobAssigned>;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const HEARTBEAT_MS = 3_000;
const RETRY_MS = 1_000;

/** Why a job is put down before its end; nothing is reported then, because somebody else has it or will get it. */
class PutDown extends Error {}

/** Takes jobs that are assigned to its id, one at a time, and reports; announces itself every 3 s meanwhile. */
export class TrainingWorker {
  private readonly reader: BroadcastReader;
  private readonly logger: Logger;
  private current: Current | null = null;
  private freeSince: number;
  private heartbeat: NodeJS.Timeout | null = null;
  private announcing: Promise<void> | null = null;
  private stopped = false;
  /** Event ids of assignments that were taken: a repeat after a crash of the orchestrator is not another job. */
  private readonly taken = new Set<string>();
  private endIdle: () => void = () => {};
  /** Resolves when the worker has been without a job for too long. */
  readonly idle = new Promise<void>((resolve) => {
    this.endIdle = resolve;
  });

  constructor(private readonly options: TrainingWorkerOptions) {
    const { client, schemas, clock, logger, worker } = options;
    this.logger = logger.child({ worker });
    this.freeSince = clock.now();
    this.reader = new BroadcastReader({
      client,
      topic: Topics.jobAssignments.name,
      from: 'end',
      reader: new ControlReader(schemas, [JobAssigned]),
      handle: (received) => this.assigned(received as Received<JobAssigned>),
      onPoison: async (record, error) =>
        this.logger.warn({ offset: record.offset, reason: error.message }, 'Skips an assignment that cannot be read'),
      onTrouble: (error) => {
        if (error) this.logger.warn({ reason: error.message }, 'Assignments cannot be read now, trying again');
      },
      now: clock.now,
      logger,
    });
  }

  /** Announces itself when assignments can be heard, so that none is missed. */
  async start(): Promise<void> {
    this.reader.start();
    await this.reader.whenReady;
    await this.announce();
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  /** Puts the job down with a checkpoint, says goodbye, so that the job is free at once. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.heartbeat) clearInterval(this.heartbeat);
    const { current } = this;
    current?.abort.abort(new PutDown('the worker stops'));
    await current?.ended;
    await this.reader.stop();
    await this.announcing;
    await this.options.reports.announce(null, true);
  }

  private assigned(received: Received<JobAssigned>): void {
    const { data } = received;
    const { current } = this;
    if (this.taken.has(received.id)) return;
    const newer = current?.assigned.data.job === data.job && data.attempt > current.assigned.data.attempt;
    if (newer) current.abort.abort(new PutDown('its lease was lost to a later attempt'));
    if (data.worker !== this.options.worker || this.stopped) return;
    if (current && !newer)
      this.logger.warn({ job: data.job, busyWith: current.assigned.data.job }, 'Was assigned a second job, leaves it');
    else {
      this.taken.add(received.id);
      void this.begin(received, current?.ended ?? Promise.resolve());
    }
  }

  private async begin(assigned: Received<JobAssigned>, before: Promise<void>): Promise<void> {
    const abort = new AbortController();
    const ended = before.then(() => this.work(assigned, abort.signal));
    this.current = { assigned, abort, ended };
    await ended;
    if (this.current?.abort !== abort) return;
    this.current = null;
    this.freeSince = this.options.clock.now();
    if (!this.stopped) this.beat();
  }

  private async work(assigned: Received<JobAssigned>, signal: AbortSignal): Promise<void> {
    const { job, run, attempt } = assigned.data;
    const logger = this.logger.child({ job, run, attempt });
    logger.info({ dataset: assigned.data.dataset, resumes: assigned.data.checkpoint !== null }, 'Begins to train');
    const { reports, artifacts, clock, checkpointMs } = this.options;
    const progress = new ProgressReports((one) => reports.progressed(assigned, one), logger);
    const report = (one: Progress) => progress.report(one);
    const training = new TrainModel(assigned.data, { artifacts, clock, logger, checkpointMs, report, signal });
    try {
      const result = await training.run();
      progress.end();
      await this.deliver(() => reports.succeeded(assigned, result), signal);
      logger.info({ chosen: result.chosen, digest: result.artifact.digest }, 'Trained a model');
    } catch (error) {
      progress.end();
      if (signal.aborted) {
        logger.info({ reason: (signal.reason as Error).message }, 'Puts the job down');
        return;
      }
      const failure = failureOf(error);
      logger.warn({ ...failure, err: error as Error }, 'Cannot train');
      await this.deliver(() => reports.failed(assigned, failure), signal).catch(() => {});
    }
  }

  /** The end of a job must arrive: it is sent until the broker has it, or the job is not ours any more. */
  private async deliver(send: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof InfrastructureError) && !isRetriable(error)) throw error;
        this.logger.warn({ reason: (error as Error).message }, 'The end of a job could not be reported, trying again');
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  private beat(): void {
    if (this.current === null && this.options.clock.now() - this.freeSince >= this.options.idleMs) this.endIdle();
    if (this.announcing || this.stopped) return;
    this.announcing = this.announce()
      .catch((error: Error) => this.logger.warn({ reason: error.message }, 'Could not announce itself, trying again'))
      .finally(() => {
        this.announcing = null;
      });
  }

  private announce(): Promise<void> {
    return this.options.reports.announce(this.current?.assigned.data.job ?? null, false);
  }
}

const isRetriable = (error: unknown): boolean => (error as { retriable?: unknown }).retriable === true;

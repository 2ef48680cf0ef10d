import { JobAssigned, type Logger, Topics } from '@millrace/contracts';
import { controlEventId, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { CLOCK, type Clock, type CounterMetric, type GaugeMetric, LOGGER, Metrics } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Assignment, assignJobs } from '../domain/assign-jobs';
import { assign, whyGivenUp } from '../domain/change-lease';
import { LEASE_MS } from '../domain/job';
import { giveUp } from '../domain/judge-report';
import { learnersOf } from '../domain/plan-run';
import { type Run, startRun } from '../domain/run';
import { contextOf } from '../handlers/context';
import { JobRepository, type StoredJob } from '../persistence/job.repository';
import { RunRepository } from '../persistence/run.repository';
import { WorkerRepository } from '../persistence/worker.repository';
import { BuiltInWorkers } from '../supervision/built-in-workers';

const TICK_MS = 1_000;

/** Gives out jobs that nobody holds, about once a second while there are any; an idle platform pays nothing for it. */
@Injectable()
export class LeaseClock implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;
  private asked = false;
  private stopped = false;
  private readonly unfinished: GaugeMetric;
  private readonly attempts: CounterMetric;

  constructor(
    private readonly runs: RunRepository,
    private readonly jobs: JobRepository,
    private readonly workers: WorkerRepository,
    private readonly builtIn: BuiltInWorkers,
    private readonly unitOfWork: UnitOfWork,
    private readonly events: Events,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.unfinished = metrics.gauge('millrace_training_unfinished_jobs', 'Jobs of runs that have not ended.');
    this.attempts = metrics.counter('millrace_training_attempts_total', 'Times that a job was given to a worker.', [
      'again',
    ]);
  }

  /** Jobs of an earlier life of the process go on. */
  onApplicationBootstrap(): void {
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.pause();
    await this.ticking;
  }

  /** There may be a job now. */
  wake(): void {
    if (this.stopped) return;
    this.asked = true;
    this.timer ??= setInterval(() => this.tickOnce(), TICK_MS);
    this.tickOnce();
  }

  /** Assigns what can be assigned now. @returns the number of jobs that are not finished. */
  async tick(): Promise<number> {
    return this.unitOfWork.run(async () => {
      const jobs = await this.jobs.unfinished();
      const states = new Map<string, Run>();
      for (const job of jobs) states.set(job.job, (await this.runs.load(job.run)).state);
      const needs = ({ job }: { job: string }) => learnersOf(states.get(job)?.planned?.plan);
      const assignments = assignJobs(jobs, await this.workers.all(), needs, this.clock.now());
      for (const assignment of assignments) await this.apply(assignment);
      return jobs.length - assignments.filter(({ kind }) => kind === 'give-up').length;
    });
  }

  private tickOnce(): void {
    this.ticking ??= this.tickAndSpawn().finally(() => {
      this.ticking = null;
    });
  }

  private async tickAndSpawn(): Promise<void> {
    this.asked = false;
    try {
      const unfinished = await this.tick();
      this.unfinished.set(unfinished);
      // Asked again while it looked: it may have looked too early.
      if (unfinished === 0 && !this.asked) this.pause();
      else if (!this.stopped) this.builtIn.want(unfinished);
    } catch (error) {
      this.logger.warn({ reason: (error as Error).message }, 'Jobs cannot be assigned now, trying again');
    }
  }

  private pause(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private async apply(assignment: Assignment<StoredJob>): Promise<void> {
    const { job } = assignment;
    const run = await this.runs.load(job.run);
    const context = contextOf({ id: job.cause.id, actor: null }, run, this.clock.now());
    if (assignment.kind === 'give-up' || run.state.planned === null) {
      await this.runs.save(run, giveUp(run.state, job.run, whyGivenUp(job), context), job.cause);
      await this.jobs.finish(job.job);
      return;
    }
    const { worker, attempt } = assignment;
    const facts = startRun(run.state, { run: job.run, job: job.job, attempt, worker }, context);
    await this.runs.save(run, facts, job.cause);
    await this.jobs.save(assign(job, worker, attempt, context.now));
    await this.publish(job, run.state.planned, worker, attempt);
    this.attempts.inc({ again: attempt > 1 ? 'yes' : 'no' });
  }

  private async publish(
    job: StoredJob,
    planned: NonNullable<Run['planned']>,
    worker: string,
    attempt: number,
  ): Promise<void> {
    const { run, model, dataset, datasetDigest, planDigest, training, holdOut, plan } = planned;
    const { inTimeOrder, checkpoint } = job;
    const data: JobAssigned = {
      job: job.job,
      run,
      attempt,
      worker,
      leaseMs: LEASE_MS,
      model,
      dataset,
      datasetDigest,
      planDigest,
      training,
      holdOut,
      plan,
      inTimeOrder,
      checkpoint,
    };
    const id = controlEventId(Topics.jobAssignments.name, job.job, attempt);
    await this.events.publish(JobAssigned, worker, data, { id, cause: job.cause });
  }
}

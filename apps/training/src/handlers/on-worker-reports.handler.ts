import {
  type DecisionContext,
  JobFailed,
  JobProgressed,
  JobSucceeded,
  patternOf,
  WorkerAnnounced,
} from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, type Clock } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { releaseFailed, renew } from '../domain/change-lease';
import { completeRun, failRun, isStale } from '../domain/judge-report';
import type { Run, RunFact } from '../domain/run';
import { JobRepository, type StoredJob } from '../persistence/job.repository';
import { RunRepository } from '../persistence/run.repository';
import { WorkerRepository } from '../persistence/worker.repository';
import { contextOf } from './context';

type Report = JobProgressed | JobSucceeded | JobFailed;

/** Reports of workers. Those of an attempt that has lost its lease to a later one, or of a finished job, change nothing. */
@Controller()
export class OnWorkerReportsHandler {
  constructor(
    private readonly runs: RunRepository,
    private readonly jobs: JobRepository,
    private readonly workers: WorkerRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(patternOf(WorkerAnnounced))
  async announced(@Payload() { data, timestamp }: Received<WorkerAnnounced>): Promise<void> {
    if (!data.stopping) return this.workers.heard(data, Math.min(timestamp, this.clock.now()));
    await this.workers.forget(data.worker);
    await this.jobs.releaseAllOf(data.worker);
  }

  @EventPattern<string>(patternOf(JobProgressed))
  async progressed(@Payload() { data }: Received<JobProgressed>): Promise<void> {
    const job = await this.heldBy(data);
    if (job) await this.jobs.save(renew(job, data, this.clock.now()));
  }

  @EventPattern<string>(patternOf(JobSucceeded))
  async succeeded(@Payload() report: Received<JobSucceeded>): Promise<void> {
    const job = await this.heldBy(report.data);
    if (job) await this.end(job, report, completeRun);
  }

  @EventPattern<string>(patternOf(JobFailed))
  async failed(@Payload() report: Received<JobFailed>): Promise<void> {
    const job = await this.heldBy(report.data);
    if (!job) return;
    if (report.data.retriable) await this.jobs.save(releaseFailed(job, report.data, this.clock.now()));
    else await this.end(job, report, failRun);
  }

  private async heldBy(report: Report): Promise<StoredJob | null> {
    const job = await this.jobs.find(report.job);
    return job && !isStale(job, report) ? job : null;
  }

  private async end<R extends Report>(
    job: StoredJob,
    report: Received<R>,
    decide: (run: Run, report: R, context: DecisionContext) => RunFact[],
  ): Promise<void> {
    const run = await this.runs.load(job.run);
    const context = contextOf(report, run, this.clock.now());
    await this.runs.save(run, decide(run.state, report.data, context), report);
    await this.jobs.finish(job.job);
  }
}

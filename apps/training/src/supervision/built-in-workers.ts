import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { CLOCK, type CounterMetric, Health, IDS, LOGGER, Metrics, SETTINGS } from '@millrace/service';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { JobRepository } from '../persistence/job.repository';
import { WorkerRepository } from '../persistence/worker.repository';
import type { TrainingSettings } from '../training.settings';

const MAIN = path.join(__dirname, '..', 'worker', `main${path.extname(__filename)}`);
const STOP_MS = 15_000;
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** So many deaths in a row make the service not ready: whatever it is, waiting does not cure it. */
const DEATHS_TO_REPORT = 4;

/**
 * Training workers as child processes of the service. They are started only while there are jobs and end themselves after
 * a minute without one, so that an idle platform stays small.
 */
@Injectable()
export class BuiltInWorkers implements BeforeApplicationShutdown {
  private readonly running = new Map<string, ChildProcess>();
  private stopping = false;
  private deaths = 0;
  private notBefore = 0;
  private lastDeath = '';
  private readonly deathsTotal: CounterMetric;

  constructor(
    private readonly jobs: JobRepository,
    private readonly workers: WorkerRepository,
    private readonly unitOfWork: UnitOfWork,
    health: Health,
    metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: TrainingSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.deathsTotal = metrics.counter('millrace_training_worker_deaths_total', 'Built-in training workers that died.');
    health.report('training workers', () =>
      this.deaths < DEATHS_TO_REPORT
        ? null
        : `${this.deaths} training workers died in a row, the last one ${this.lastDeath}`,
    );
  }

  /** There are `jobs` unfinished jobs: starts workers up to that number, or to the setting, unless they died just now. */
  want(jobs: number): void {
    const wanted = Math.min(jobs, this.settings.MILLRACE_TRAINING_WORKERS);
    while (!this.stopping && this.running.size < wanted && this.clock.now() >= this.notBefore) this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    for (const child of this.running.values()) child.kill('SIGTERM');
    const until = this.clock.now() + STOP_MS;
    while (this.running.size > 0 && this.clock.now() < until) await sleep(20);
    for (const child of this.running.values()) child.kill('SIGKILL');
  }

  private start(): void {
    const worker = this.ids.uuid();
    // The last of repeated options of Node wins, so the worker's heap stands after the service's own.
    const options = [...process.execArgv, `--max-old-space-size=${this.settings.MILLRACE_TRAINING_WORKER_HEAP}`];
    const child = spawn(process.execPath, [...options, MAIN, worker], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.running.set(worker, child);
    beKilledFirst(child.pid);
    this.logger.info({ worker, pid: child.pid }, 'Started a training worker');
    child.once('error', (error) => this.ended(worker, `could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      this.ended(worker, code === 0 ? null : signal ? `ended by ${signal}` : `ended with code ${code}`);
    });
  }

  private ended(worker: string, death: string | null): void {
    if (!this.running.delete(worker) || this.stopping) return;
    if (death === null) this.endedWell(worker);
    else this.died(worker, death);
    this.release(worker).catch((error: Error) => {
      this.logger.warn({ worker, reason: error.message }, 'The job of an ended worker waits until its lease runs out');
    });
  }

  private died(worker: string, how: string): void {
    this.deaths++;
    this.deathsTotal.inc();
    this.lastDeath = how;
    const wait = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(this.deaths, 10));
    this.notBefore = this.deaths === 1 ? 0 : this.clock.now() + wait;
    this.logger.warn({ worker, how, deaths: this.deaths }, 'A training worker died');
  }

  private endedWell(worker: string): void {
    this.logger.info({ worker }, 'A training worker ended, having nothing to do');
    this.deaths = 0;
    this.notBefore = 0;
  }

  /** Its death is known here before the lease runs out: another worker need not wait for that. */
  private async release(worker: string): Promise<void> {
    await this.unitOfWork.run(async () => {
      await this.workers.forget(worker);
      await this.jobs.releaseAllOf(worker);
    });
  }
}

/** When memory ends, Linux kills the process with the highest score: the worker, which can resume, before broker and database. */
function beKilledFirst(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '700');
  } catch {
    // Not Linux, or already gone.
  }
}

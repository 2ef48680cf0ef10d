import { RetrainingRequested, type StartTraining, TransientError } from '@millrace/contracts';
import { digestOf, LEARNERS } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { CLOCK, type Clock } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { noVerdict, planRun, unknownDataset } from '../domain/plan-run';
import { demandOfCommand, demandOfRequest, noFitDataset, type RunDemand } from '../domain/run-demand';
import { contextOf } from '../handlers/context';
import { DatasetRepository } from '../persistence/dataset.repository';
import { JobRepository } from '../persistence/job.repository';
import { RunRepository } from '../persistence/run.repository';
import { VerdictRepository } from '../persistence/verdict.repository';
import { LeaseClock } from './lease-clock';

const LEARNER_NAMES: ReadonlySet<string> = new Set(LEARNERS.keys());

/** With the back-off of the loop (0.5, 1, 2, 4 s ... 30 s) a data set is waited for about 8 s, */
const DATASET_ATTEMPTS = 5;
/** and the verdict on a known one about 3 minutes: profiles of large data sets take their time. */
export const VERDICT_ATTEMPTS = 12;
/** An override that was given just before the command may still be under way: 1.5 s. */
const OVERRIDE_ATTEMPTS = 3;

/** Answers StartTraining and RetrainingRequested: RunPlanned and its job, or RunRefused. */
@Injectable()
export class PlanRunWork {
  constructor(
    private readonly runs: RunRepository,
    private readonly datasets: DatasetRepository,
    private readonly verdicts: VerdictRepository,
    private readonly jobs: JobRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly leaseClock: LeaseClock,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws TransientError NO_FIT_DATASET, DATASET_UNKNOWN, VERDICT_PENDING, DATASET_REJECTED while the data set, the verdict on it or its override is not known here:
   *   both come over other topics than the command, and the verdict takes its time.
   */
  async work(item: WorkItem): Promise<void> {
    await this.answer(item, item.attempts);
    this.leaseClock.wake();
  }

  async giveUp(item: WorkItem): Promise<void> {
    await this.answer(item, Number.POSITIVE_INFINITY);
  }

  private async answer(item: WorkItem, attempt: number): Promise<void> {
    const command = item.payload as Received<StartTraining | RetrainingRequested>;
    await this.unitOfWork.run(async () => {
      const data = await this.demandOf(command);
      if (data.lacking !== null && attempt < DATASET_ATTEMPTS)
        throw new TransientError({ code: 'NO_FIT_DATASET', message: noFitDataset(data.lacking).reason });
      const dataset = await this.datasets.find(data.dataset);
      if (dataset === null && data.lacking === null && attempt < DATASET_ATTEMPTS)
        throw new TransientError({ code: 'DATASET_UNKNOWN', message: unknownDataset(data.dataset).reason });
      const verdict = await this.verdicts.find(data.dataset);
      if (dataset !== null && verdict === null && attempt < VERDICT_ATTEMPTS)
        throw new TransientError({ code: 'VERDICT_PENDING', message: noVerdict(data.dataset).reason });
      if (verdict?.verdict === 'REJECTED' && attempt < OVERRIDE_ATTEMPTS)
        throw new TransientError({ code: 'DATASET_REJECTED', message: `${data.dataset} is rejected so far.` });
      const run = await this.runs.load(data.run);
      const now = this.clock.now();
      const context = contextOf(command, run, now);
      const facts = planRun(run.state, data, dataset, verdict, digestOf(data.plan), LEARNER_NAMES, context);
      await this.runs.save(run, facts, command);
      if (facts.some((fact) => fact.type === 'RunPlanned')) {
        const { id, correlationId, traceparent } = command;
        const inTimeOrder = dataset?.training.minEventTime != null;
        await this.jobs.add(
          { job: data.run, run: data.run, inTimeOrder, cause: { id, correlationId, traceparent } },
          now,
        );
      }
      await this.queue.complete(item.id);
    });
  }

  private async demandOf({ record, data }: Received<StartTraining | RetrainingRequested>): Promise<RunDemand> {
    if (record !== RetrainingRequested.fullName) return demandOfCommand(data as StartTraining);
    const request = data as RetrainingRequested;
    return demandOfRequest(request, record, request.dataset ?? (await this.datasets.newestFit(request.source)));
  }
}

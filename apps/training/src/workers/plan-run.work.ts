import { type StartTraining, TransientError } from '@millrace/contracts';
import { digestOf, LEARNERS } from '@millrace/learning';
import type { Received } from '@millrace/messaging';
import { UnitOfWork, type WorkItem, WorkQueue } from '@millrace/persistence';
import { CLOCK, type Clock } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { planRun, unknownDataset } from '../domain/plan-run';
import { contextOf } from '../handlers/context';
import { DatasetRepository } from '../persistence/dataset.repository';
import { JobRepository } from '../persistence/job.repository';
import { RunRepository } from '../persistence/run.repository';
import { LeaseClock } from './lease-clock';

const LEARNER_NAMES: ReadonlySet<string> = new Set(LEARNERS.keys());

/** Answers StartTraining: RunPlanned and its job, or RunRefused. */
@Injectable()
export class PlanRunWork {
  constructor(
    private readonly runs: RunRepository,
    private readonly datasets: DatasetRepository,
    private readonly jobs: JobRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
    private readonly leaseClock: LeaseClock,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @throws TransientError DATASET_UNKNOWN while the data set is not known here: its fact may be under way, for it comes
   *   over another topic than the command.
   */
  async work(item: WorkItem): Promise<void> {
    await this.answer(item, true);
    this.leaseClock.wake();
  }

  async giveUp(item: WorkItem): Promise<void> {
    await this.answer(item, false);
  }

  private async answer(item: WorkItem, mayWait: boolean): Promise<void> {
    const command = item.payload as Received<StartTraining>;
    const { data } = command;
    await this.unitOfWork.run(async () => {
      const dataset = await this.datasets.find(data.dataset);
      if (dataset === null && mayWait)
        throw new TransientError({ code: 'DATASET_UNKNOWN', message: unknownDataset(data.dataset).reason });
      const run = await this.runs.load(data.run);
      const now = this.clock.now();
      const facts = planRun(run.state, data, dataset, digestOf(data.plan), LEARNER_NAMES, contextOf(command, run, now));
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
}

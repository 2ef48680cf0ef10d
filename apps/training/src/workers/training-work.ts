import type { Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PlanRunWork } from './plan-run.work';

const LEASE_MS = 30_000;
/** With the back-off of the loop (0.5, 1, 2, 4 s) a data set is waited for about 8 s. */
const MAX_ATTEMPTS = 5;

/** Works off the commands: one planned or refused run each. */
@Injectable()
export class TrainingWork implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: WorkLoop;
  private stopListening: () => void = () => {};

  constructor(
    queue: WorkQueue,
    private readonly listener: DatabaseListener,
    planRun: PlanRunWork,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new WorkLoop({
      queue,
      kinds: ['plan-run'],
      leaseMs: LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: 2_000,
      work: (item) => planRun.work(item),
      giveUp: (item) => planRun.giveUp(item),
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.listener.listen(WORK_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    await this.loop.stop();
  }
}

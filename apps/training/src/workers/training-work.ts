import type { Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PlanRunWork, VERDICT_ATTEMPTS } from './plan-run.work';

const LEASE_MS = 30_000;

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
      maxAttempts: VERDICT_ATTEMPTS,
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

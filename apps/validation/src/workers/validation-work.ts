import { type Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ValidationSettings } from '../validation.settings';
import { JudgeDatasetWork } from './judge-dataset.work';

const MAX_ATTEMPTS = 3;
/** NOTIFY wakes a loop; the poll is for items that wait for a retry or were left by a killed process. */
const POLL_MS = 2_000;

/** The service's long work, one data set after the other: a source's data sets are judged in the order of their cut. */
@Injectable()
export class ValidationWork implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: WorkLoop;
  private stopListening: () => void = () => undefined;

  constructor(
    queue: WorkQueue,
    private readonly listener: DatabaseListener,
    private readonly judgeDataset: JudgeDatasetWork,
    @Inject(LOGGER) readonly logger: Logger,
    @Inject(SETTINGS) readonly settings: ValidationSettings,
  ) {
    this.loop = new WorkLoop({
      queue,
      kinds: ['judge-dataset'],
      leaseMs: settings.MILLRACE_WORK_LEASE,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: POLL_MS,
      work: (item) => judgeDataset.work(item),
      giveUp: (item, error) => judgeDataset.giveUp(item, error),
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.listener.listen(WORK_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  /** A data set in hand is given back: examining it again is cheaper than waiting for it. */
  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    this.judgeDataset.stop();
    await this.loop.stop();
  }
}

import { type Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, type WorkItem, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { IngestionSettings } from '../ingestion.settings';
import { CutDatasetWork } from './cut-dataset.work';
import { RegisterSourceWork } from './register-source.work';

interface Worker {
  work(item: WorkItem): Promise<void>;
  giveUp(item: WorkItem, error: Error): Promise<void>;
}

const MAX_ATTEMPTS = 3;
/** NOTIFY wakes a loop; the poll is for items that wait for a retry or were left by a killed process. */
const POLL_MS = 2_000;

/** The service's long work, one loop per kind, so that a source need not wait until a data set is cut. */
@Injectable()
export class IngestionWork implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loops: ReadonlyMap<string, WorkLoop>;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly queue: WorkQueue,
    private readonly listener: DatabaseListener,
    registerSource: RegisterSourceWork,
    private readonly cutDataset: CutDatasetWork,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
  ) {
    this.loops = new Map([
      ['register-source', this.loopOf('register-source', registerSource)],
      ['snapshot-dataset', this.loopOf('snapshot-dataset', cutDataset)],
    ]);
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.listener.listen(WORK_CHANNEL, (kind) => {
      for (const [name, loop] of this.loops) if (kind === null || kind === name) loop.wake();
    });
    for (const loop of this.loops.values()) loop.start();
  }

  /** A data set in hand is given back: cutting it again is cheaper than waiting for it. */
  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    this.cutDataset.stop();
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()));
  }

  private loopOf(kind: string, worker: Worker): WorkLoop {
    return new WorkLoop({
      queue: this.queue,
      kinds: [kind],
      leaseMs: this.settings.MILLRACE_WORK_LEASE,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: POLL_MS,
      work: (item) => worker.work(item),
      giveUp: (item, error) => worker.giveUp(item, error),
      logger: this.logger.child({ work: kind }),
    });
  }
}

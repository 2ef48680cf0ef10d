import { AppError, type Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, type WorkItem, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PACKAGE_SNAPSHOT } from '../../persistence/snapshot.repository';
import { PackageSnapshotWork } from './package-snapshot.work';

/** So long a killed process keeps its snapshot from the others; it is renewed while one is packaged. */
const LEASE_MS = 9_000;
const MAX_ATTEMPTS = 8;

/** Packages snapshots one after the other, beside the planning of runs, which must not wait for them. */
@Injectable()
export class SnapshotWork implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: WorkLoop;
  private stopListening: () => void = () => {};

  constructor(
    queue: WorkQueue,
    private readonly listener: DatabaseListener,
    private readonly packaging: PackageSnapshotWork,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new WorkLoop({
      queue,
      kinds: [PACKAGE_SNAPSHOT],
      leaseMs: LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: 2_000,
      work: (item, renew) => this.workAlive(item, renew),
      giveUp: (item, error) => packaging.giveUp(item, error),
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.stopListening = this.listener.listen(WORK_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    this.packaging.stop();
    await this.loop.stop();
  }

  private async workAlive(item: WorkItem, renew: () => Promise<void>): Promise<void> {
    const renewing = setInterval(() => {
      renew().catch((error: Error) => this.logger.warn({ reason: error.message }, 'A lease could not be renewed'));
    }, LEASE_MS / 3);
    try {
      await this.packaging.work(item);
    } catch (error) {
      if (!isFinal(error as Error)) throw error;
      await this.packaging.giveUp(item, error as Error);
    } finally {
      clearInterval(renewing);
    }
  }
}

/** No retry can cure it. */
const isFinal = (error: Error): boolean => error instanceof AppError && !error.retriable;

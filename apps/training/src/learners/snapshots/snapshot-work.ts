import { type Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, WorkLoop, WorkQueue } from '@millrace/persistence';
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
    @Inject(LOGGER) readonly logger: Logger,
  ) {
    this.loop = new WorkLoop({
      queue,
      kinds: [PACKAGE_SNAPSHOT],
      leaseMs: LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: 2_000,
      work: (item) => packaging.work(item),
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
}

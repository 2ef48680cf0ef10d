import type { Logger } from '@millrace/contracts';
import { DatabaseListener, WORK_CHANNEL, type WorkItem, WorkLoop, WorkQueue } from '@millrace/persistence';
import { LOGGER } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ImportModelWork } from './import-model';
import { MakeEndpoint } from './make-endpoint';

const LEASE_MS = 60_000;
const MAX_ATTEMPTS = 5;

/** The registry's long work: making the topics of endpoints, and trying out imported models. */
@Injectable()
export class RegistryWork implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: WorkLoop;

  constructor(
    queue: WorkQueue,
    private readonly listener: DatabaseListener,
    makeEndpoint: MakeEndpoint,
    importModel: ImportModelWork,
    @Inject(LOGGER) logger: Logger,
  ) {
    const doers = { 'create-endpoint': makeEndpoint, 'import-model': importModel } as const;
    const doerOf = (item: WorkItem) => doers[item.kind as keyof typeof doers];
    this.loop = new WorkLoop({
      queue,
      kinds: Object.keys(doers),
      leaseMs: LEASE_MS,
      maxAttempts: MAX_ATTEMPTS,
      pollMs: 5_000,
      work: (item) => doerOf(item).work(item),
      giveUp: (item, error) => doerOf(item).giveUp(item, error),
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.listener.listen(WORK_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}

import type { Clock, EndpointCreated, Logger } from '@millrace/contracts';
import { Events, FoldHost, HostBoard, KafkaClient, MessagingEvents, SchemaRegistryClient } from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { declaredSlices } from '../domain/slices';
import type { MonitoringSettings } from '../monitoring.settings';
import { WindowRepository } from '../persistence/window.repository';
import { References } from './references';
import { type WindowBatch, WindowFold, type WindowsTold } from './window-fold';
import { WindowMetrics } from './window-metrics';

/** Windows of each major of every endpoint, in every process; the group deals out the partitions. */
@Injectable()
export class EndpointWindows implements OnModuleDestroy {
  private readonly folds = new Map<string, WindowFold>();
  private readonly hosts = new HostBoard<FoldHost<WindowBatch, WindowsTold>>();
  private readonly timer: NodeJS.Timeout;
  private sweeping: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly windows: WindowRepository,
    private readonly references: References,
    private readonly events: Events,
    private readonly unitOfWork: UnitOfWork,
    private readonly positions: Positions,
    private readonly lifecycle: MessagingEvents,
    private readonly metrics: WindowMetrics,
    health: Health,
    @Inject(SETTINGS) private readonly settings: MonitoringSettings,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    health.report('windows', () => this.hosts.reason());
    this.timer = setInterval(() => this.beginSweep(), Math.max(100, settings.MILLRACE_WINDOW_IDLE / 4));
  }

  /** Begins to watch; a major of an endpoint that is watched already stays as it is. */
  open(endpoint: EndpointCreated): void {
    const fold = this.foldOf(endpoint);
    if (this.folds.has(fold.family)) return;
    this.folds.set(fold.family, fold);
    void this.hosts.open(fold.family, () => this.hostOf(fold));
    this.logger.info({ endpoint: endpoint.endpoint, major: endpoint.major }, 'Watches responses');
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
    await this.hosts.stop();
    await Promise.all([...this.folds.values()].map((fold) => fold.close()));
  }

  foldOf(endpoint: EndpointCreated): WindowFold {
    const { client, registry, windows, references, positions, events, metrics, settings, clock } = this;
    return new WindowFold({
      endpoint,
      client,
      registry,
      windows,
      references,
      positions,
      events,
      metrics,
      rules: {
        widthMs: settings.MILLRACE_WINDOW_WIDTH,
        latenessMs: settings.MILLRACE_WINDOW_LATENESS,
        horizonMs: settings.MILLRACE_WINDOW_HORIZON,
        aheadMs: settings.MILLRACE_WINDOW_AHEAD,
        kept: settings.MILLRACE_WINDOWS_KEPT,
        idleMs: settings.MILLRACE_WINDOW_IDLE,
      },
      correctionsMs: settings.MILLRACE_WINDOW_CORRECTIONS,
      slices: declaredSlices(settings.MILLRACE_SLICES)?.get(endpoint.endpoint) ?? [],
      now: () => clock.now(),
    });
  }

  private hostOf(fold: WindowFold): FoldHost<WindowBatch, WindowsTold> {
    return new FoldHost<WindowBatch, WindowsTold>({
      ...fold.asFold(),
      client: this.client,
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.hosts.trouble(fold.family, error),
      lifecycle: this.lifecycle,
      now: () => this.clock.now(),
      logger: this.logger.child({ windows: fold.family }),
    });
  }

  private beginSweep(): void {
    if (this.sweeping === null) this.sweeping = this.sweep().finally(() => (this.sweeping = null));
  }

  private async sweep(): Promise<void> {
    for (const fold of this.folds.values()) {
      if (this.stopped) return;
      if (!fold.isPending) continue;
      try {
        fold.swept(await this.unitOfWork.run(() => fold.sweep()));
      } catch (error) {
        // The next sweep tries again.
        this.logger.warn({ windows: fold.family, reason: (error as Error).message }, 'Windows were not swept');
      }
    }
  }
}

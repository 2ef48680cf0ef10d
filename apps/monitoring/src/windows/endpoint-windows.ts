import type { Clock, EndpointCreated, Logger } from '@millrace/contracts';
import {
  Events,
  type Fold,
  FoldHost,
  HostBoard,
  KafkaClient,
  MessagingEvents,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { Positions, UnitOfWork } from '@millrace/persistence';
import { CLOCK, Health, LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { declaredSlices } from '../domain/slices';
import type { WindowRules } from '../domain/window-time';
import type { MonitoringSettings } from '../monitoring.settings';
import { QualityRepository } from '../persistence/quality.repository';
import { WindowRepository } from '../persistence/window.repository';
import { QualityFold } from './quality-fold';
import { References } from './references';
import type { Swept } from './window-book';
import { WindowFold } from './window-fold';
import { WindowMetrics } from './window-metrics';

/** A fold whose windows may be over because nothing comes any more. */
interface Watch {
  readonly group: string;
  readonly book: { readonly isPending: boolean; sweep(): Promise<Swept> };
  // biome-ignore lint/suspicious/noExplicitAny: what a fold prepares is its own affair.
  asFold(): Fold<any, any>;
  swept(swept: Swept): void;
  close(): Promise<void>;
}

/** Windows of each major of every endpoint, and their quality, in every process; the groups deal out the partitions. */
@Injectable()
export class EndpointWindows implements OnModuleDestroy {
  private readonly watches = new Map<string, Watch>();
  // biome-ignore lint/suspicious/noExplicitAny: what a fold prepares is its own affair.
  private readonly hosts = new HostBoard<FoldHost<any, any>>();
  private readonly timer: NodeJS.Timeout;
  private sweeping: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly client: KafkaClient,
    private readonly registry: SchemaRegistryClient,
    private readonly windows: WindowRepository,
    private readonly quality: QualityRepository,
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
    for (const watch of [this.windowsOf(endpoint), this.qualityOf(endpoint)]) {
      if (this.watches.has(watch.group)) continue;
      this.watches.set(watch.group, watch);
      void this.hosts.open(watch.group, () => this.hostOf(watch));
      this.logger.info({ group: watch.group }, 'Watches an endpoint');
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
    await this.hosts.stop();
    await Promise.all([...this.watches.values()].map((watch) => watch.close()));
  }

  windowsOf(endpoint: EndpointCreated): WindowFold {
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
      rules: this.rulesOf(settings.MILLRACE_WINDOW_LATENESS, settings.MILLRACE_WINDOW_HORIZON),
      correctionsMs: settings.MILLRACE_WINDOW_CORRECTIONS,
      slices: this.slicesOf(endpoint),
      now: () => clock.now(),
    });
  }

  qualityOf(endpoint: EndpointCreated): QualityFold {
    const { registry, windows, quality, references, positions, events, metrics, settings, clock } = this;
    return new QualityFold({
      endpoint,
      registry,
      windows,
      quality,
      references,
      positions,
      events,
      metrics,
      rules: this.rulesOf(settings.MILLRACE_QUALITY_LATENESS, settings.MILLRACE_QUALITY_HORIZON),
      correctionsMs: settings.MILLRACE_WINDOW_CORRECTIONS,
      slices: this.slicesOf(endpoint),
      now: () => clock.now(),
    });
  }

  private rulesOf(latenessMs: number, horizonMs: number): WindowRules {
    const { settings } = this;
    return {
      widthMs: settings.MILLRACE_WINDOW_WIDTH,
      latenessMs,
      horizonMs,
      aheadMs: settings.MILLRACE_WINDOW_AHEAD,
      kept: settings.MILLRACE_WINDOWS_KEPT,
      idleMs: settings.MILLRACE_WINDOW_IDLE,
    };
  }

  private slicesOf({ endpoint }: EndpointCreated): readonly string[] {
    return declaredSlices(this.settings.MILLRACE_SLICES)?.get(endpoint) ?? [];
  }

  private hostOf(watch: Watch) {
    return new FoldHost({
      ...watch.asFold(),
      client: this.client,
      unitOfWork: this.unitOfWork,
      positions: this.positions,
      onTrouble: (error) => this.hosts.trouble(watch.group, error),
      lifecycle: this.lifecycle,
      now: () => this.clock.now(),
      logger: this.logger.child({ group: watch.group }),
    });
  }

  private beginSweep(): void {
    if (this.sweeping) return;
    this.sweeping = this.sweep().finally(() => {
      this.sweeping = null;
    });
  }

  private async sweep(): Promise<void> {
    for (const watch of this.watches.values()) {
      if (this.stopped) return;
      if (!watch.book.isPending) continue;
      try {
        watch.swept(await this.unitOfWork.run(() => watch.book.sweep()));
      } catch (error) {
        // The next sweep tries again.
        this.logger.warn({ group: watch.group, reason: (error as Error).message }, 'Windows were not swept');
      }
    }
  }
}

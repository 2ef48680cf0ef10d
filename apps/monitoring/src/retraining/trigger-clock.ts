import type { Logger } from '@millrace/contracts';
import { LOGGER, SETTINGS } from '@millrace/service';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { MonitoringSettings } from '../monitoring.settings';
import { Retraining } from './retraining';

/** Looks now and then for triggers that time alone pulls: schedules, and cool-downs that are over. */
@Injectable()
export class TriggerClock implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly retraining: Retraining,
    @Inject(SETTINGS) private readonly settings: MonitoringSettings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), this.settings.MILLRACE_RETRAINING_LOOK);
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.looking;
  }

  private look(): void {
    this.looking ??= this.retraining
      .wake()
      .catch((error: Error) =>
        this.logger.warn({ reason: error.message }, 'Triggers cannot be looked at now, trying again'),
      )
      .finally(() => {
        this.looking = null;
      });
  }
}

import type { Clock } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { CLOCK, SETTINGS } from '@millrace/service';
import { Inject, Injectable } from '@nestjs/common';
import { type AlertSubject, type Hysteresis, judgeAlert, type Observation } from '../domain/alert';
import type { Observed } from '../domain/observe';
import { AT_ONCE } from '../domain/watch-guard';
import { contextOf } from '../handlers/context';
import type { MonitoringSettings } from '../monitoring.settings';
import { AlertRepository } from '../persistence/alert.repository';

/** Holds what the rules say about a window against the windows before it. */
@Injectable()
export class AlertWatch {
  private readonly hysteresis: Hysteresis;

  constructor(
    private readonly repository: AlertRepository,
    @Inject(SETTINGS) settings: MonitoringSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.hysteresis = {
      raise: settings.MILLRACE_ALERT_RAISE,
      of: Math.max(settings.MILLRACE_ALERT_RAISE, settings.MILLRACE_ALERT_OF),
      resolve: settings.MILLRACE_ALERT_RESOLVE,
    };
  }

  /** Inside a unit of work. */
  async take(event: Received<unknown>, observed: readonly Observed[]): Promise<void> {
    const { of, resolve } = this.hysteresis;
    for (const { about, observation } of observed) {
      const recent = await this.repository.observe(about.alert, observation, Math.max(of, resolve));
      await this.judge(event, about, recent, this.hysteresis);
    }
  }

  /** What was judged over many examples already. Inside a unit of work. */
  takeAtOnce(event: Received<unknown>, { about, observation }: Observed<boolean>): Promise<void> {
    return this.judge(event, about, [observation], AT_ONCE);
  }

  private async judge(
    event: Received<unknown>,
    about: AlertSubject,
    recent: readonly Observation[],
    hysteresis: Hysteresis,
  ): Promise<void> {
    const alert = await this.repository.alerts.load(about.alert);
    const context = contextOf(event, alert, this.clock.now());
    await this.repository.alerts.save(alert, judgeAlert(alert.state, about, recent, hysteresis, context), event);
  }
}

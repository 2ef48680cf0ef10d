import { patternOf, QualityMeasured, WindowClosed, WindowCorrected } from '@millrace/contracts';
import type { Received } from '@millrace/messaging';
import { SETTINGS } from '@millrace/service';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { AlertWatch } from '../alerts/alert-watch';
import { watchQuality } from '../domain/watch-quality';
import { watchWindow } from '../domain/watch-windows';
import type { MonitoringSettings } from '../monitoring.settings';

/** What was told of a window, as anybody may read it on the topic, is held against the rules. */
@Controller()
export class OnWindowToldHandler {
  constructor(
    private readonly alerts: AlertWatch,
    @Inject(SETTINGS) private readonly settings: MonitoringSettings,
  ) {}

  @EventPattern<string>(patternOf(WindowClosed))
  closed(@Payload() event: Received<WindowClosed>): Promise<void> {
    return this.watch(event);
  }

  @EventPattern<string>(patternOf(WindowCorrected))
  corrected(@Payload() event: Received<WindowCorrected>): Promise<void> {
    return this.watch(event);
  }

  @EventPattern<string>(patternOf(QualityMeasured))
  measured(@Payload() event: Received<QualityMeasured>): Promise<void> {
    const { settings } = this;
    const rules = {
      auc: settings.MILLRACE_ALERT_AUC,
      logLoss: settings.MILLRACE_ALERT_LOG_LOSS,
      calibration: settings.MILLRACE_ALERT_CALIBRATION,
      rmse: settings.MILLRACE_ALERT_RMSE,
    };
    return this.alerts.take(event, watchQuality(event.data, event.id, rules));
  }

  private watch(event: Received<WindowClosed | WindowCorrected>): Promise<void> {
    const rules = { unanswered: this.settings.MILLRACE_ALERT_UNANSWERED };
    return this.alerts.take(event, watchWindow(event.data, event.id, rules));
  }
}

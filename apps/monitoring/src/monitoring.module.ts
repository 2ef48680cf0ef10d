import { Module } from '@nestjs/common';
import { AlertWatch } from './alerts/alert-watch';
import { OnAcknowledgeAlertHandler } from './handlers/on-acknowledge-alert.handler';
import { OnDeclareTriggerHandler } from './handlers/on-declare-trigger.handler';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnGuardHandler } from './handlers/on-guard.handler';
import { OnLineageHandler } from './handlers/on-lineage.handler';
import { OnRequestRetrainingHandler } from './handlers/on-request-retraining.handler';
import { OnRetrainingCausesHandler } from './handlers/on-retraining-causes.handler';
import { OnWindowToldHandler } from './handlers/on-window-told.handler';
import { AlertRepository } from './persistence/alert.repository';
import { LineageRepository } from './persistence/lineage.repository';
import { QualityRepository } from './persistence/quality.repository';
import { TriggerRepository } from './persistence/trigger.repository';
import { WindowRepository } from './persistence/window.repository';
import { Retraining } from './retraining/retraining';
import { TriggerClock } from './retraining/trigger-clock';
import { EndpointWindows } from './windows/endpoint-windows';
import { References } from './windows/references';
import { WindowMetrics } from './windows/window-metrics';

@Module({
  controllers: [
    OnEndpointCreatedHandler,
    OnGuardHandler,
    OnLineageHandler,
    OnWindowToldHandler,
    OnAcknowledgeAlertHandler,
    OnDeclareTriggerHandler,
    OnRequestRetrainingHandler,
    OnRetrainingCausesHandler,
  ],
  providers: [
    AlertRepository,
    AlertWatch,
    LineageRepository,
    WindowRepository,
    QualityRepository,
    References,
    WindowMetrics,
    EndpointWindows,
    TriggerRepository,
    Retraining,
    TriggerClock,
  ],
})
export class MonitoringModule {}

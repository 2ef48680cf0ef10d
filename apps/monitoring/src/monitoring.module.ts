import { Module } from '@nestjs/common';
import { AlertWatch } from './alerts/alert-watch';
import { OnAcknowledgeAlertHandler } from './handlers/on-acknowledge-alert.handler';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnGuardHandler } from './handlers/on-guard.handler';
import { OnLineageHandler } from './handlers/on-lineage.handler';
import { OnWindowToldHandler } from './handlers/on-window-told.handler';
import { AlertRepository } from './persistence/alert.repository';
import { LineageRepository } from './persistence/lineage.repository';
import { QualityRepository } from './persistence/quality.repository';
import { WindowRepository } from './persistence/window.repository';
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
  ],
})
export class MonitoringModule {}

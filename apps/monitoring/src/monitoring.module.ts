import { Module } from '@nestjs/common';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnLineageHandler } from './handlers/on-lineage.handler';
import { LineageRepository } from './persistence/lineage.repository';
import { WindowRepository } from './persistence/window.repository';
import { EndpointWindows } from './windows/endpoint-windows';
import { References } from './windows/references';
import { WindowMetrics } from './windows/window-metrics';

@Module({
  controllers: [OnEndpointCreatedHandler, OnLineageHandler],
  providers: [LineageRepository, WindowRepository, References, WindowMetrics, EndpointWindows],
})
export class MonitoringModule {}

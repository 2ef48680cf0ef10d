import 'reflect-metadata';
import { EndpointCreated } from '@millrace/contracts';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService, foldOfFact } from '@millrace/service';
import { monitoringFlow } from './monitoring.flow';
import { MonitoringModule } from './monitoring.module';
import { monitoringSettings } from './monitoring.settings';
import { WindowTables1764000000000 } from './persistence/migrations/1-window-tables';
import { AlertTables1764000000001 } from './persistence/migrations/2-alert-tables';
import { QualityTables1764000000002 } from './persistence/migrations/3-quality-tables';
import { SilentPartitions1764000000003 } from './persistence/migrations/4-silent-partitions';
import { RetrainingTables1764000000004 } from './persistence/migrations/5-retraining-tables';
import { windowFacts } from './persistence/window-facts';
import { EndpointWindows } from './windows/endpoint-windows';

const migrations = [
  BaseTables1700000000000,
  WindowTables1764000000000,
  AlertTables1764000000001,
  QualityTables1764000000002,
  SilentPartitions1764000000003,
  RetrainingTables1764000000004,
];
void bootstrapService({
  name: 'monitoring',
  module: MonitoringModule,
  flow: monitoringFlow,
  settings: monitoringSettings,
  migrations,
  folds: [
    foldOfFact(EndpointCreated, async (application, endpoint) =>
      application.get(EndpointWindows).windowsOf(endpoint).asFold(),
    ),
    foldOfFact(EndpointCreated, async (application, endpoint) =>
      application.get(EndpointWindows).qualityOf(endpoint).asFold(),
    ),
  ],
  factRows: windowFacts,
});

import 'reflect-metadata';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { monitoringFlow } from './monitoring.flow';
import { MonitoringModule } from './monitoring.module';
import { monitoringSettings } from './monitoring.settings';
import { WindowTables1764000000000 } from './persistence/migrations/1-window-tables';

const migrations = [BaseTables1700000000000, WindowTables1764000000000];
void bootstrapService({
  name: 'monitoring',
  module: MonitoringModule,
  flow: monitoringFlow,
  settings: monitoringSettings,
  migrations,
});

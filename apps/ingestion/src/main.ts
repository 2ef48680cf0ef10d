import 'reflect-metadata';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { ingestionFlow } from './ingestion.flow';
import { IngestionModule } from './ingestion.module';
import { ingestionSettings } from './ingestion.settings';
import { IngestionTables1764000000000 } from './persistence/migrations/1-ingestion-tables';

const migrations = [BaseTables1700000000000, IngestionTables1764000000000];
void bootstrapService({
  name: 'ingestion',
  module: IngestionModule,
  flow: ingestionFlow,
  settings: ingestionSettings,
  migrations,
});

import 'reflect-metadata';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { ingestionFlow } from './ingestion.flow';
import { IngestionModule } from './ingestion.module';
import { ingestionSettings } from './ingestion.settings';
import { IngestionTables1764000000000 } from './persistence/migrations/1-ingestion-tables';
import { JoinTables1764000000001 } from './persistence/migrations/2-join-tables';
import { Contradictions1764060000000 } from './persistence/migrations/3-contradictions';

const migrations = [
  BaseTables1700000000000,
  IngestionTables1764000000000,
  JoinTables1764000000001,
  Contradictions1764060000000,
];
void bootstrapService({
  name: 'ingestion',
  module: IngestionModule,
  flow: ingestionFlow,
  settings: ingestionSettings,
  migrations,
});

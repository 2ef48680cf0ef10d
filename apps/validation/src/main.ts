import 'reflect-metadata';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { ValidationTables1764000000000 } from './persistence/migrations/1-validation-tables';
import { SourceFields1764000000001 } from './persistence/migrations/2-source-fields';
import { validationFlow } from './validation.flow';
import { ValidationModule } from './validation.module';
import { validationSettings } from './validation.settings';

const migrations = [BaseTables1700000000000, ValidationTables1764000000000, SourceFields1764000000001];
void bootstrapService({
  name: 'validation',
  module: ValidationModule,
  flow: validationFlow,
  settings: validationSettings,
  migrations,
});

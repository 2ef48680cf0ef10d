import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { RegistryTables1764000000000 } from './persistence/migrations/1-registry-tables';
import { RegistryRiskClasses1764060000000 } from './persistence/migrations/2-risk-classes';
import { RegistryExpectationSets1764070000000 } from './persistence/migrations/3-expectation-sets';
import { registryFlow } from './registry.flow';
import { RegistryModule } from './registry.module';
import { registrySettings } from './registry.settings';

void bootstrapService({
  name: 'registry',
  module: RegistryModule,
  flow: registryFlow,
  settings: registrySettings,
  migrations: [
    BaseTables1700000000000,
    RegistryTables1764000000000,
    RegistryRiskClasses1764060000000,
    RegistryExpectationSets1764070000000,
  ],
});

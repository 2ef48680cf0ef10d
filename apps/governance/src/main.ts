import 'reflect-metadata';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService } from '@millrace/service';
import { governanceFlow } from './governance.flow';
import { GovernanceModule } from './governance.module';
import { governanceSettings } from './governance.settings';
import { GovernanceTables1764000000000 } from './persistence/migrations/1-governance-tables';
import { LedgerTables1764000000001 } from './persistence/migrations/2-ledger-tables';
import { GovernanceApprovals1764060000000 } from './persistence/migrations/3-approvals';

void bootstrapService({
  name: 'governance',
  module: GovernanceModule,
  flow: governanceFlow,
  settings: governanceSettings,
  migrations: [
    BaseTables1700000000000,
    GovernanceTables1764000000000,
    LedgerTables1764000000001,
    GovernanceApprovals1764060000000,
  ],
});

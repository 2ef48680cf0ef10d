import 'reflect-metadata';
import { EndpointCreated } from '@millrace/contracts';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService, foldOfFact, standingFold } from '@millrace/service';
import { governanceFlow } from './governance.flow';
import { GovernanceModule } from './governance.module';
import { governanceSettings } from './governance.settings';
import { LedgerReaders } from './ledger/ledger-readers';
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
  folds: [
    standingFold((application) => application.get(LedgerReaders).foldOfFacts()),
    foldOfFact(EndpointCreated, async (application, endpoint) =>
      application.get(LedgerReaders).foldOfTraffic(endpoint),
    ),
  ],
});

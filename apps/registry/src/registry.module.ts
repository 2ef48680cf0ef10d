import { Module } from '@nestjs/common';
import { OnApprovalsHandler } from './handlers/on-approvals.handler';
import { OnCreateEndpointHandler } from './handlers/on-create-endpoint.handler';
import { OnExpectationsHandler } from './handlers/on-expectations.handler';
import { OnHaltEndpointHandler } from './handlers/on-halt-endpoint.handler';
import { OnImportModelHandler } from './handlers/on-import-model.handler';
import { OnLearnerSnapshotHandler } from './handlers/on-learner-snapshot.handler';
import { OnProposeReleaseHandler } from './handlers/on-propose-release.handler';
import { OnRetireEndpointHandler } from './handlers/on-retire-endpoint.handler';
import { OnRisksHandler } from './handlers/on-risks.handler';
import { OnRollBackReleaseHandler } from './handlers/on-roll-back-release.handler';
import { OnRunCompletedHandler } from './handlers/on-run-completed.handler';
import { OnSetModelAliasHandler } from './handlers/on-set-model-alias.handler';
import { ExpectationRepository } from './persistence/expectation.repository';
import { RegistryRepository } from './persistence/registry.repository';
import { RiskClassRepository } from './persistence/risk-class.repository';
import { ImportModelWork } from './workers/import-model';
import { MakeEndpoint } from './workers/make-endpoint';
import { RegistryWork } from './workers/registry-work';

@Module({
  controllers: [
    OnCreateEndpointHandler,
    OnImportModelHandler,
    OnProposeReleaseHandler,
    OnRetireEndpointHandler,
    OnRollBackReleaseHandler,
    OnHaltEndpointHandler,
    OnRunCompletedHandler,
    OnLearnerSnapshotHandler,
    OnSetModelAliasHandler,
    OnApprovalsHandler,
    OnRisksHandler,
    OnExpectationsHandler,
  ],
  providers: [
    RegistryRepository,
    RiskClassRepository,
    ExpectationRepository,
    MakeEndpoint,
    ImportModelWork,
    RegistryWork,
  ],
})
export class RegistryModule {}

import { Module } from '@nestjs/common';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnExpectationsHandler } from './handlers/on-expectations.handler';
import { OnRegisterSourceHandler } from './handlers/on-register-source.handler';
import { OnSnapshotDatasetHandler } from './handlers/on-snapshot-dataset.handler';
import { OnSourceRegisteredHandler } from './handlers/on-source-registered.handler';
import { EndpointJoins } from './join/endpoint-joins';
import { JoinMetrics } from './join/join-metrics';
import { LabelledSources } from './join/labelled-sources';
import { ExpectationSets } from './lanes/expectation-sets';
import { SortingLog } from './lanes/sorting-log';
import { SortingMetrics } from './lanes/sorting-metrics';
import { SourceLanes } from './lanes/source-lanes';
import { ContradictionsRepository } from './persistence/contradictions.repository';
import { IngestionRepository } from './persistence/ingestion.repository';
import { WaitingRepository } from './persistence/waiting.repository';
import { CutDatasetWork } from './workers/cut-dataset.work';
import { IngestionWork } from './workers/ingestion-work';
import { RegisterSourceWork } from './workers/register-source.work';

@Module({
  controllers: [
    OnRegisterSourceHandler,
    OnSnapshotDatasetHandler,
    OnSourceRegisteredHandler,
    OnEndpointCreatedHandler,
    OnExpectationsHandler,
  ],
  providers: [
    IngestionRepository,
    SourceLanes,
    ExpectationSets,
    SortingLog,
    SortingMetrics,
    RegisterSourceWork,
    CutDatasetWork,
    IngestionWork,
    WaitingRepository,
    ContradictionsRepository,
    JoinMetrics,
    EndpointJoins,
    LabelledSources,
  ],
})
export class IngestionModule {}

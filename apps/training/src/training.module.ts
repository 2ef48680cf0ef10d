import { Module } from '@nestjs/common';
import { OnDatasetsHandler } from './handlers/on-datasets.handler';
import { OnEndpointsHandler } from './handlers/on-endpoints.handler';
import { OnForkLearnerHandler } from './handlers/on-fork-learner.handler';
import { OnLearnerFactsHandler } from './handlers/on-learner-facts.handler';
import { OnRetrainingRequestedHandler } from './handlers/on-retraining-requested.handler';
import { OnRollBackLearnerHandler } from './handlers/on-roll-back-learner.handler';
import { OnStartLearnerHandler } from './handlers/on-start-learner.handler';
import { OnStartTrainingHandler } from './handlers/on-start-training.handler';
import { OnStopLearnerHandler } from './handlers/on-stop-learner.handler';
import { OnVerdictsHandler } from './handlers/on-verdicts.handler';
import { OnWorkerReportsHandler } from './handlers/on-worker-reports.handler';
import { LearnerHosts } from './learners/learner-hosts';
import { LearnerMetrics } from './learners/learner-metrics';
import { PackageSnapshotWork } from './learners/snapshots/package-snapshot.work';
import { SnapshotWork } from './learners/snapshots/snapshot-work';
import { DatasetRepository } from './persistence/dataset.repository';
import { JobRepository } from './persistence/job.repository';
import { LearnerRepository } from './persistence/learner.repository';
import { RunRepository } from './persistence/run.repository';
import { SnapshotRepository } from './persistence/snapshot.repository';
import { VerdictRepository } from './persistence/verdict.repository';
import { WorkerRepository } from './persistence/worker.repository';
import { BuiltInWorkers } from './supervision/built-in-workers';
import { LeaseClock } from './workers/lease-clock';
import { PlanRunWork } from './workers/plan-run.work';
import { TrainingWork } from './workers/training-work';

@Module({
  controllers: [
    OnStartTrainingHandler,
    OnRetrainingRequestedHandler,
    OnDatasetsHandler,
    OnVerdictsHandler,
    OnWorkerReportsHandler,
    OnStartLearnerHandler,
    OnForkLearnerHandler,
    OnRollBackLearnerHandler,
    OnStopLearnerHandler,
    OnLearnerFactsHandler,
    OnEndpointsHandler,
  ],
  providers: [
    RunRepository,
    DatasetRepository,
    VerdictRepository,
    JobRepository,
    WorkerRepository,
    BuiltInWorkers,
    LeaseClock,
    PlanRunWork,
    TrainingWork,
    LearnerRepository,
    SnapshotRepository,
    LearnerMetrics,
    PackageSnapshotWork,
    SnapshotWork,
    LearnerHosts,
  ],
})
export class TrainingModule {}

import {
  DatasetJudged,
  DatasetRegistered,
  JobAssigned,
  JobFailed,
  JobProgressed,
  JobSucceeded,
  RunCompleted,
  RunFailed,
  RunPlanned,
  RunRefused,
  RunStarted,
  StartTraining,
  Topics,
  VerdictOverridden,
  WorkerAnnounced,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

export const trainingFlow: Flow = {
  service: 'training',
  consumes: [
    { topic: Topics.trainingCommands, mode: 'outbox', signedBy: ['gateway'], records: [StartTraining] },
    {
      topic: Topics.workerReports,
      mode: 'outbox',
      records: [WorkerAnnounced, JobProgressed, JobSucceeded, JobFailed],
    },
    { topic: Topics.datasets, mode: 'fold', records: [DatasetRegistered] },
    { topic: Topics.verdicts, mode: 'fold', records: [DatasetJudged, VerdictOverridden] },
  ],
  emits: [RunPlanned, RunRefused, RunStarted, RunCompleted, RunFailed, JobAssigned],
};

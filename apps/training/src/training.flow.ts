import {
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
  ],
  emits: [RunPlanned, RunRefused, RunStarted, RunCompleted, RunFailed, JobAssigned],
};

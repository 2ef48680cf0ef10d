import {
  DatasetJudged,
  DatasetRegistered,
  EndpointCreated,
  JobAssigned,
  JobFailed,
  JobProgressed,
  JobSucceeded,
  LearnerRefused,
  LearnerReported,
  LearnerStarted,
  LearnerStopped,
  RunCompleted,
  RunFailed,
  RunPlanned,
  RunRefused,
  RunStarted,
  StartLearner,
  StartTraining,
  StopLearner,
  Topics,
  VerdictOverridden,
  WorkerAnnounced,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/** Labelled examples come with their learners and are folded by `learners/learner-hosts.ts`, group `training.learner.<learner>`. */
export const trainingFlow: Flow = {
  service: 'training',
  consumes: [
    {
      topic: Topics.trainingCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [StartTraining, StartLearner, StopLearner],
    },
    {
      topic: Topics.workerReports,
      mode: 'outbox',
      records: [WorkerAnnounced, JobProgressed, JobSucceeded, JobFailed],
    },
    { topic: Topics.datasets, mode: 'fold', records: [DatasetRegistered] },
    { topic: Topics.verdicts, mode: 'fold', records: [DatasetJudged, VerdictOverridden] },
    { topic: Topics.endpoints, mode: 'fold', records: [EndpointCreated] },
    { topic: Topics.learners, mode: 'broadcast', from: 'first', records: [LearnerStarted, LearnerStopped] },
  ],
  emits: [
    RunPlanned,
    RunRefused,
    RunStarted,
    RunCompleted,
    RunFailed,
    JobAssigned,
    LearnerStarted,
    LearnerReported,
    LearnerStopped,
    LearnerRefused,
  ],
};

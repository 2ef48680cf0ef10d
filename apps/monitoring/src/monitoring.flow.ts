import {
  AcknowledgeAlert,
  AlertAcknowledged,
  AlertRaised,
  AlertRefused,
  AlertResolved,
  DatasetJudged,
  DeclareTrigger,
  EndpointCreated,
  LearnerGuardReleased,
  LearnerGuardTripped,
  LearnerStopped,
  ModelVersionRegistered,
  QualityMeasured,
  ReleaseActivated,
  ReleaseHalted,
  RequestRetraining,
  RetrainingDropped,
  RetrainingPostponed,
  RetrainingRequested,
  RunPlanned,
  Topics,
  TriggerDeclared,
  TriggerRefused,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/**
 * Responses and labelled examples come with their endpoints and are folded by `windows/endpoint-windows.ts`, groups
 * `monitoring.windows.<endpoint>.v<major>` and `monitoring.quality.<endpoint>.v<major>`.
 */
export const monitoringFlow: Flow = {
  service: 'monitoring',
  consumes: [
    {
      topic: Topics.monitoringCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [AcknowledgeAlert, DeclareTrigger, RequestRetraining],
    },
    { topic: Topics.windows, mode: 'outbox', records: [WindowClosed, WindowCorrected, QualityMeasured] },
    { topic: Topics.learners, mode: 'outbox', records: [LearnerGuardTripped, LearnerGuardReleased, LearnerStopped] },
    { topic: Topics.alerts, mode: 'outbox', records: [AlertRaised, AlertResolved] },
    { topic: Topics.verdicts, mode: 'outbox', records: [DatasetJudged] },
    { topic: Topics.endpoints, mode: 'broadcast', from: 'first', records: [EndpointCreated] },
    { topic: Topics.models, mode: 'fold', records: [ModelVersionRegistered] },
    { topic: Topics.runs, mode: 'fold', records: [RunPlanned] },
    { topic: Topics.verdicts, mode: 'fold', records: [DatasetJudged] },
    { topic: Topics.releases, mode: 'fold', records: [ReleaseActivated, ReleaseHalted] },
  ],
  emits: [
    WindowClosed,
    WindowCorrected,
    QualityMeasured,
    AlertRaised,
    AlertAcknowledged,
    AlertResolved,
    AlertRefused,
    TriggerDeclared,
    RetrainingRequested,
    RetrainingPostponed,
    RetrainingDropped,
    TriggerRefused,
  ],
};

import {
  AcknowledgeAlert,
  AlertAcknowledged,
  AlertRaised,
  AlertRefused,
  AlertResolved,
  DatasetJudged,
  EndpointCreated,
  ModelVersionRegistered,
  ReleaseActivated,
  ReleaseHalted,
  RunPlanned,
  Topics,
  WindowClosed,
  WindowCorrected,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/** Responses come with their endpoints and are folded by `windows/endpoint-windows.ts`, group `monitoring.windows.<endpoint>.v<major>`. */
export const monitoringFlow: Flow = {
  service: 'monitoring',
  consumes: [
    { topic: Topics.monitoringCommands, mode: 'outbox', signedBy: ['gateway'], records: [AcknowledgeAlert] },
    { topic: Topics.windows, mode: 'outbox', records: [WindowClosed, WindowCorrected] },
    { topic: Topics.endpoints, mode: 'broadcast', from: 'first', records: [EndpointCreated] },
    { topic: Topics.models, mode: 'fold', records: [ModelVersionRegistered] },
    { topic: Topics.runs, mode: 'fold', records: [RunPlanned] },
    { topic: Topics.verdicts, mode: 'fold', records: [DatasetJudged] },
    { topic: Topics.releases, mode: 'fold', records: [ReleaseActivated, ReleaseHalted] },
  ],
  emits: [WindowClosed, WindowCorrected, AlertRaised, AlertAcknowledged, AlertResolved, AlertRefused],
};

import {
  CreateEndpoint,
  EndpointCreated,
  EndpointRefused,
  EndpointRetired,
  ImportModel,
  ModelAliasSet,
  ModelVersionRefused,
  ModelVersionRegistered,
  ProposeRelease,
  ReleaseActivated,
  ReleaseGranted,
  ReleaseProposed,
  ReleaseRefused,
  RetireEndpoint,
  RollBackRelease,
  RunCompleted,
  SetModelAlias,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

export const registryFlow: Flow = {
  service: 'registry',
  consumes: [
    {
      topic: Topics.registryCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [ImportModel, SetModelAlias, CreateEndpoint, RetireEndpoint, ProposeRelease, RollBackRelease],
    },
    { topic: Topics.runs, mode: 'outbox', records: [RunCompleted] },
  ],
  emits: [
    ModelVersionRegistered,
    ModelVersionRefused,
    ModelAliasSet,
    EndpointCreated,
    EndpointRetired,
    EndpointRefused,
    ReleaseProposed,
    ReleaseGranted,
    ReleaseActivated,
    ReleaseRefused,
  ],
};

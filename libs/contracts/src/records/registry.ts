import { array, double, enumeration, event, int, long, nullable, record, refusal, string } from '../schema/dsl';
import type { Infer } from '../schema/types';
import { MissingPiece } from './governance';
import { ArtifactRef, Expectation, Metrics, ModelSignature } from './shared';

const NS = 'io.millrace.registry';

export const ImportModel = record(
  `${NS}.ImportModel`,
  'Command: register an ONNX file that lies in the artifact store',
  {
    model: string('Name: [a-z][a-z0-9-]{0,62}'),
    artifact: ArtifactRef,
    description: string(),
  },
);
export type ImportModel = Infer<typeof ImportModel>;

export const LearnerLineage = record(`${NS}.LearnerLineage`, 'The online learner that a version is a snapshot of', {
  learner: string('Name of the learner'),
  offset: long('Next offset of the labelled topic: it had learned from what stands before'),
  stateHash: string('SHA-256 of its canonical state there, lowercase hex'),
});
export type LearnerLineage = Infer<typeof LearnerLineage>;

export const ModelVersionRegistered = event(`${NS}.ModelVersionRegistered`, 'A version of a model exists', {
  model: string(),
  version: int('1, 2, 3 ... within the model'),
  artifact: ArtifactRef,
  signature: ModelSignature,
  origin: enumeration(`${NS}.Origin`, ['UNKNOWN', 'RUN', 'IMPORT', 'LEARNER'], 'Where it comes from', 'UNKNOWN'),
  run: nullable(string()),
  dataset: nullable(string()),
  datasetDigest: nullable(string()),
  learner: nullable(LearnerLineage, 'null = it comes from no online learner'),
  metrics: Metrics,
  description: string(),
  registeredBy: string('Actor'),
});
export type ModelVersionRegistered = Infer<typeof ModelVersionRegistered>;

export const ModelVersionRefused = refusal(`${NS}.ModelVersionRefused`, 'A version was not registered', {
  model: string(),
  digest: nullable(string()),
});
export type ModelVersionRefused = Infer<typeof ModelVersionRefused>;

export const SetModelAlias = record(`${NS}.SetModelAlias`, 'Command: let an alias name a version', {
  model: string(),
  alias: string('[a-z][a-z0-9-]{0,62}'),
  version: int(),
});
export type SetModelAlias = Infer<typeof SetModelAlias>;

export const ModelAliasSet = event(`${NS}.ModelAliasSet`, 'An alias names a version', {
  model: string(),
  alias: string(),
  version: int(),
  previous: nullable(int()),
  by: string('Actor'),
});
export type ModelAliasSet = Infer<typeof ModelAliasSet>;

export const CreateEndpoint = record(
  `${NS}.CreateEndpoint`,
  'Command: make an endpoint, shaped by the signature of a version',
  {
    endpoint: string('Name: [a-z][a-z0-9-]{0,62}'),
    model: string(),
    version: int(),
    major: int('Major of its topics; 2 makes new topics beside the old', { default: 1 }),
    partitions: int('Of requests and responses', { default: 4 }),
    description: string(),
  },
);
export type CreateEndpoint = Infer<typeof CreateEndpoint>;

export const EndpointCreated = event(`${NS}.EndpointCreated`, 'Topics and schemas of the endpoint are made', {
  endpoint: string(),
  major: int(),
  partitions: int(),
  requestsTopic: string(),
  responsesTopic: string(),
  deadLettersTopic: string(),
  outcomesTopic: string(),
  requestSchemaId: int(),
  responseSchemaId: int(),
  outcomeSchemaId: int(),
  requestSchema: string('Avro JSON'),
  responseSchema: string('Avro JSON'),
  signature: ModelSignature,
  model: string('The version whose signature shaped it'),
  version: int(),
  description: string(),
  createdBy: string('Actor'),
});
export type EndpointCreated = Infer<typeof EndpointCreated>;

export const RetireEndpoint = record(
  `${NS}.RetireEndpoint`,
  'Command: answer every request with REJECTED / ENDPOINT_RETIRED',
  {
    endpoint: string(),
    reason: string(),
  },
);
export type RetireEndpoint = Infer<typeof RetireEndpoint>;

export const EndpointRetired = event(`${NS}.EndpointRetired`, 'The endpoint serves no more', {
  endpoint: string(),
  reason: string(),
  by: string('Actor'),
});
export type EndpointRetired = Infer<typeof EndpointRetired>;

export const EndpointRefused = refusal(`${NS}.EndpointRefused`, 'A command about an endpoint was refused', {
  endpoint: string(),
});
export type EndpointRefused = Infer<typeof EndpointRefused>;

export const ProposeRelease = record(`${NS}.ProposeRelease`, 'Command: let an endpoint serve a version', {
  endpoint: string(),
  model: string(),
  version: int(),
  reason: string(),
});
export type ProposeRelease = Infer<typeof ProposeRelease>;

export const RollBackRelease = record(`${NS}.RollBackRelease`, 'Command: serve again what an earlier revision served', {
  endpoint: string(),
  toRevision: nullable(long('null = the one before the live one')),
  reason: string(),
});
export type RollBackRelease = Infer<typeof RollBackRelease>;

export const ReleaseProposed = event(`${NS}.ReleaseProposed`, 'Somebody wants this version live', {
  endpoint: string(),
  release: string('Id of the release: the id of the command'),
  kind: enumeration(`${NS}.ReleaseKind`, ['UNKNOWN', 'FORWARD', 'ROLL_BACK'], 'Forward or back', 'UNKNOWN'),
  model: string(),
  version: int(),
  digest: string(),
  reason: string(),
  proposedBy: string('Actor'),
  major: int('Major of the topics that it would serve', { default: 1 }),
  strategy: string('How the traffic moves: ALL_AT_ONCE; empty = proposed before approvals existed', { default: '' }),
});
export type ReleaseProposed = Infer<typeof ReleaseProposed>;

export const ReleaseGranted = event(`${NS}.ReleaseGranted`, 'The release may go live', {
  endpoint: string(),
  release: string(),
  by: string(
    'Who let it: the approvers, or the policy that asks nobody; EARLIER_GRANT for a roll back; NO_POLICY before governance existed',
  ),
  binding: nullable(
    string('SHA-256 over endpoint, major, digest and strategy: what was granted; null for a roll back'),
  ),
  policy: nullable(string('The policy that decided; null for a roll back')),
});
export type ReleaseGranted = Infer<typeof ReleaseGranted>;

export const ReleaseWithdrawn = event(`${NS}.ReleaseWithdrawn`, 'A proposal that waited is void', {
  endpoint: string(),
  release: string(),
  reason: string(),
  by: string('Actor'),
});
export type ReleaseWithdrawn = Infer<typeof ReleaseWithdrawn>;

export const Arm = record(`${NS}.Arm`, 'One version with its share of the traffic', {
  arm: string(),
  model: string(),
  version: int(),
  artifact: ArtifactRef,
  signature: ModelSignature,
  probability: double(),
});
export type Arm = Infer<typeof Arm>;

export const InputChecks = record(`${NS}.InputChecks`, 'Expectation set that lanes check besides the signature', {
  expectations: string('<source>:<number> of the set'),
  digest: string('Of the whole set'),
  rules: array(Expectation, 'Those of the set that are about single values of the request, in its order', {
    default: [],
  }),
});
export type InputChecks = Infer<typeof InputChecks>;

export const ReleaseActivated = event(`${NS}.ReleaseActivated`, 'From the next batch on, lanes serve this', {
  endpoint: string(),
  release: string(),
  major: int('Major of the topics that it serves'),
  revision: long('Release revision: grows by 1 per endpoint, also for a roll back'),
  arms: array(Arm),
  salt: string('For the choice of the arm by key'),
  inputChecks: nullable(InputChecks, 'Null: nothing but the signature is checked'),
});
export type ReleaseActivated = Infer<typeof ReleaseActivated>;

export const HaltEndpoint = record(
  `${NS}.HaltEndpoint`,
  'Command, the kill switch: answer every request with REJECTED / ENDPOINT_HALTED until another release goes live',
  { endpoint: string(), reason: string() },
);
export type HaltEndpoint = Infer<typeof HaltEndpoint>;

export const ReleaseHalted = event(
  `${NS}.ReleaseHalted`,
  'From the next batch on, no model answers for this endpoint, in any major',
  {
    endpoint: string(),
    release: string('Id of what was stopped'),
    revision: long('Release revision: a halt counts as one'),
    reason: string(),
    by: string('Actor'),
  },
);
export type ReleaseHalted = Infer<typeof ReleaseHalted>;

export const ReleaseRefused = refusal(`${NS}.ReleaseRefused`, 'A release did not go live', {
  endpoint: string(),
  release: string(),
  missing: array(MissingPiece, 'What it still needed when it was refused', { default: [] }),
});
export type ReleaseRefused = Infer<typeof ReleaseRefused>;

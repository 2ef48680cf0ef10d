import {
  AcknowledgeAlert,
  type AnyRecordSchema,
  ApproveRelease,
  AttachNotice,
  ClassifyModel,
  CreateEndpoint,
  DATASET_SOURCE_PATTERN,
  DeclareTrigger,
  DefineExpectations,
  DefinePolicy,
  ForkLearner,
  HaltEndpoint,
  ImportModel,
  LiftQuarantine,
  NAME_PATTERN,
  OverrideVerdict,
  ProposeRelease,
  RegisterSource,
  RejectRelease,
  RequestRetraining,
  RetireEndpoint,
  RollBackLearner,
  RollBackRelease,
  RotateLedgerKey,
  SetModelAlias,
  SnapshotDataset,
  StartLearner,
  StartTraining,
  StopLearner,
  topicOf,
} from '@millrace/contracts';
import { z } from 'zod';
import type { Actor, Role } from '../identity/api-keys';

/** One command as the door takes it: what its body looks like, which record it becomes and under which key. */
export interface CommandDefinition {
  readonly name: string;
  readonly record: AnyRecordSchema;
  readonly topic: string;
  readonly body: z.ZodType<Record<string, unknown>>;
  keyOf(body: Record<string, unknown>): string;
  readonly summary: string;
  /** Who may send it, beside the admins. */
  readonly roles: readonly Role[];
  /** What the gateway itself says in the body about who sends it. */
  readonly said: (actor: Actor) => Record<string, unknown>;
}

interface Sending {
  readonly roles?: readonly Role[];
  readonly said?: CommandDefinition['said'];
}

const datasetSource = z
  .string()
  .regex(DATASET_SOURCE_PATTERN, 'name a source, or the major of an endpoint: flights-late.v1');
const name = z.string().regex(NAME_PATTERN, 'use [a-z][a-z0-9-]{0,62}');
const text = z.string().max(2_000);
/** A slice's value may be of any letters; tables are searched by it, and an index takes some 2,700 bytes. */
const alertId = z
  .string()
  .min(1)
  .refine((id) => Buffer.byteLength(id) <= 1_000, 'Too long: at most 1,000 bytes');
/** Avro's int. */
const int = z.int32();
/** Avro's long, as far as JavaScript's encoder keeps it exact. */
const long = z
  .number()
  .int()
  .min(-(2 ** 52) + 1)
  .max(2 ** 52 - 1);
const version = int.positive();
/** Id of the command that proposed it. */
const release = z.string().regex(/^[0-9a-f-]{1,64}$/, 'must be the id of a release');
const epochMs = long;
const artifact = z.object({
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lowercase hex'),
  size: long.nonnegative(),
  mediaType: text,
});

const expectation = z.object({
  id: z.string().min(1).max(100),
  kind: z.enum(['NOT_NULL', 'BETWEEN', 'IN_SET']),
  column: z.string().min(1),
  min: z.number().nullable().default(null),
  max: z.number().nullable().default(null),
  values: z.array(z.string()).max(10_000).nullable().default(null),
  severity: z.enum(['ERROR', 'WARNING']).default('ERROR'),
  owner: text.default(''),
  pattern: z.null().default(null),
  sql: z.null().default(null),
  tolerance: z.null().default(null),
  basis: z.null().default(null),
});

/** What may be demanded of a whole data set. */
const datasetExpectation = expectation.extend({
  kind: z.enum([
    'NOT_NULL',
    'BETWEEN',
    'IN_SET',
    'TYPE',
    'MATCHES',
    'UNIQUE',
    'ROW_COUNT',
    'MEAN_BETWEEN',
    'MISSING_RATE',
    'SQL',
    'DRIFT',
  ]),
  column: z.string().max(200).default(''),
  pattern: z.string().max(500).nullable().default(null),
  sql: text.nullable().default(null),
  tolerance: z.number().min(0).lt(1).nullable().default(null),
});

const feature = z.object({
  name: z.string(),
  column: z.string(),
  kind: z.enum(['NUMBER', 'CATEGORY', 'TIME']),
  closed: z.boolean().default(false),
  meaning: text.default(''),
});

const plan = z.object({
  task: z.enum(['BINARY_CLASSIFICATION', 'REGRESSION']),
  target: z.object({ column: z.string(), threshold: z.number().nullable().default(null), meaning: text.default('') }),
  features: z.array(feature),
  candidates: z.array(
    z.object({ name: z.string(), learner: z.string(), parameters: z.record(z.string(), z.number()).default({}) }),
  ),
  folds: int.default(3),
  searchRows: int.default(50_000),
  seed: long.default(1),
});

const RISK_CLASSES = ['UNACCEPTABLE', 'HIGH', 'LIMITED', 'MINIMAL'] as const;

/** What a release takes whose model has one risk class; what is left out is not demanded. */
const policyRule = z.object({
  riskClass: z.enum(RISK_CLASSES),
  forbidden: z.boolean().default(false),
  approvals: z.number().int().min(0).max(10).default(0),
  approverRoles: z.array(name).max(50).default([]),
  notSubmitter: z.boolean().default(false),
  notTrainer: z.boolean().default(false),
  acceptedData: z.boolean().default(false),
  metrics: z
    .array(
      z.object({
        metric: z.string().min(1).max(200),
        atLeast: z.number().nullable().default(null),
        atMost: z.number().nullable().default(null),
      }),
    )
    .max(50)
    .default([]),
  notice: z.boolean().default(false),
  cardFields: z.array(name).max(50).default([]),
});

function define<S extends z.ZodType<Record<string, unknown>>>(
  record: AnyRecordSchema,
  key: string,
  summary: string,
  body: S,
  { roles = [], said = () => ({}) }: Sending = {},
): CommandDefinition {
  return {
    name: record.fullName.slice(record.fullName.lastIndexOf('.') + 1),
    record,
    topic: topicOf(record).name,
    body,
    keyOf: (data) => String(data[key]),
    summary,
    roles,
    said,
  };
}

/** Every command there is. What is not here cannot be asked for. */
export const COMMANDS: readonly CommandDefinition[] = [
  define(
    RegisterSource,
    'source',
    'Make a source of records and its topics',
    z.object({
      source: name,
      owner: text.min(1),
      licence: text.min(1),
      description: text.default(''),
      keyField: z.string().nullable().default(null),
      eventTimeField: z.string().nullable().default(null),
      schema: z.string().max(65_536),
      privacy: z.record(z.string(), z.enum(['none', 'personal', 'pii'])).default({}),
      rules: z.array(expectation).max(200).default([]),
      partitions: z.number().int().min(1).max(64).default(4),
      proposedFrom: z.string().max(500).nullable().default(null),
    }),
  ),
  define(
    SnapshotDataset,
    'source',
    'Cut a data set from the accepted records of a source',
    z.object({
      source: datasetSource,
      holdOutFraction: z.number().gt(0).lt(1).default(0.25),
      holdOutFrom: epochMs.nullable().default(null),
      upTo: z.array(long.nonnegative()).max(64).nullable().default(null),
    }),
  ),
  define(
    OverrideVerdict,
    'dataset',
    'Let a rejected data set be trained on',
    z.object({ dataset: z.string().min(1).max(100), reason: text.min(1) }),
  ),
  define(
    DefineExpectations,
    'source',
    'Replace what a user demands of the data sets of a source',
    z.object({
      source: datasetSource,
      label: z.string().min(1).max(200).nullable().default(null),
      expectations: z.array(datasetExpectation).max(200),
    }),
  ),
  define(
    StartTraining,
    'run',
    'Train a model on a data set',
    z.object({ run: z.uuid(), model: name, dataset: z.string().max(100), plan }),
  ),
  define(
    StartLearner,
    'learner',
    'Learn from the labelled examples of an endpoint while it serves',
    z.object({
      learner: name,
      endpoint: name,
      major: int.positive().default(1),
      plan: z.object({
        algorithm: z.string().max(100),
        features: z.array(feature).min(1).max(1_024),
        parameters: z.record(z.string(), z.number()).default({}),
        guard: z.record(z.string(), z.number()).default({}),
        window: int.positive().default(1_000),
        detector: z.string().max(100).default('adwin'),
        releasedOutput: z.string().max(200).nullable().default(null),
      }),
      reportEvery: int.positive().default(1_000),
      snapshots: z
        .object({
          model: name,
          everyExamples: int.positive().nullable().default(null),
          everySeconds: long.positive().nullable().default(null),
          releaseWhenBetterBy: z.number().min(0).nullable().default(null),
        })
        .nullable()
        .default(null),
    }),
  ),
  define(
    ForkLearner,
    'learner',
    'Let a new learner begin with what another one knew at an offset',
    z.object({ learner: name, from: name, to: long.min(0).nullable().default(null) }),
  ),
  define(
    RollBackLearner,
    'learner',
    'Let a learner forget what it has learned from an offset on',
    z.object({ learner: name, to: long.min(0), reason: text.default('') }),
  ),
  define(StopLearner, 'learner', 'Learn no more', z.object({ learner: name, reason: text.default('') })),
  define(
    ImportModel,
    'model',
    'Register an ONNX file that was put into the artifact store',
    z.object({ model: name, artifact, description: text.default('') }),
  ),
  define(SetModelAlias, 'model', 'Let an alias name a version', z.object({ model: name, alias: name, version })),
  define(
    CreateEndpoint,
    'endpoint',
    'Make an endpoint, shaped by the signature of a version',
    z.object({
      endpoint: name,
      model: name,
      version,
      major: int.positive().default(1),
      partitions: z.number().int().min(1).max(64).default(4),
      description: text.default(''),
    }),
  ),
  define(
    RetireEndpoint,
    'endpoint',
    'Answer every request of an endpoint with ENDPOINT_RETIRED',
    z.object({ endpoint: name, reason: text.default('') }),
  ),
  define(
    ProposeRelease,
    'endpoint',
    'Let an endpoint serve a version',
    z.object({ endpoint: name, model: name, version, reason: text.default('') }),
  ),
  define(
    RollBackRelease,
    'endpoint',
    'Serve again what an earlier revision served',
    z.object({
      endpoint: name,
      toRevision: long.positive().nullable().default(null),
      reason: text.default(''),
    }),
  ),
  define(
    HaltEndpoint,
    'endpoint',
    'Stop an endpoint at once: every request is answered with REJECTED / ENDPOINT_HALTED',
    z.object({ endpoint: name, reason: text.default('') }),
  ),
  define(
    ClassifyModel,
    'model',
    'Set the risk class of a model',
    z.object({
      model: name,
      riskClass: z.enum(RISK_CLASSES),
      reasons: z.array(text.min(1)).min(1).max(20),
      purpose: text.default(''),
    }),
  ),
  define(
    AttachNotice,
    'model',
    'Set what people are told who deal with a model',
    z.object({ model: name, notice: z.string().min(1).max(10_000) }),
  ),
  define(
    DefinePolicy,
    'policy',
    'Replace what releases take, by risk class',
    z.object({
      policy: z.literal('release').default('release'),
      rules: z.array(policyRule).length(RISK_CLASSES.length),
      reason: text.default(''),
    }),
  ),
  define(
    RotateLedgerKey,
    'ledger',
    'Sign tree heads with a new key from now on',
    z.object({ ledger: z.literal('ledger').default('ledger'), reason: text.default('') }),
  ),
  define(
    ApproveRelease,
    'release',
    'Allow a release that waits',
    z.object({ release, binding: artifact.shape.digest, reason: text.default('') }),
    { roles: ['approver'], said: ({ roles }) => ({ roles: [...roles] }) },
  ),
  define(
    RejectRelease,
    'release',
    'Forbid a release that waits, for good',
    z.object({ release, reason: text.min(1) }),
    { roles: ['approver'] },
  ),
  define(
    AcknowledgeAlert,
    'alert',
    'Say that somebody takes care of an alert',
    z.object({ alert: alertId, note: text.min(1) }),
  ),
  define(
    DeclareTrigger,
    'trigger',
    'Say when a model is to be trained anew',
    z.object({
      trigger: name,
      endpoint: name,
      model: name.nullable().default(null),
      source: datasetSource.nullable().default(null),
      plan: plan.nullable().default(null),
      conditions: z
        .object({
          drift: z.boolean().default(false),
          quality: z.boolean().default(false),
          newData: z.boolean().default(false),
          everyMs: long.positive().nullable().default(null),
        })
        .default({ drift: false, quality: false, newData: false, everyMs: null }),
      coolDownMs: long.positive().default(86_400_000),
    }),
  ),
  define(
    RequestRetraining,
    'trigger',
    'Train a model anew by a trigger, now',
    z.object({ trigger: name, dataset: z.string().min(1).max(100).nullable().default(null), reason: text.default('') }),
  ),
  define(
    LiftQuarantine,
    'digest',
    'Let a quarantined model run again',
    z.object({ digest: artifact.shape.digest, reason: text.default('') }),
  ),
];

const byName = new Map(COMMANDS.map((command) => [command.name, command]));

export const commandNamed = (commandName: string): CommandDefinition | undefined => byName.get(commandName);

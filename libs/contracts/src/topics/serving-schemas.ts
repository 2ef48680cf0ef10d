import type { ModelSignature, SignatureInput, SignatureOutput, TensorType } from '../records/shared';
import { type AvroJson, avroOf } from '../schema/avro-json';
import {
  array,
  boolean,
  double,
  enumeration,
  int,
  long,
  nullable,
  record,
  string,
  timestamp,
  withProps,
} from '../schema/dsl';
import { isReservedWord } from '../schema/reserved-words';
import type { RecordSchema, Schema } from '../schema/types';

/** The status of a response. UNKNOWN is what an older reader sees for a status that it does not know. */
export const RESPONSE_STATUSES = ['UNKNOWN', 'PREDICTED', 'FALLBACK', 'REJECTED', 'EXPIRED', 'FAILED'] as const;
export type ResponseStatus = (typeof RESPONSE_STATUSES)[number];

/** A request as it travels: `features` is typed by the signature of the endpoint. Null stands for a missing value. */
export interface PredictionRequest {
  requestId: string;
  eventTime: number | null;
  deadline: number | null;
  caller: string | null;
  features: Record<string, FeatureValue>;
}
export type FeatureValue = number | string | boolean | null | readonly (number | string | boolean)[];

/** Names of the members of a micro-batch: the responses of a partition with equal `firstOffset` and digest. */
export interface BatchRef {
  firstOffset: number;
  index: number;
  size: number;
}

export interface Decision {
  model: string;
  version: number;
  modelDigest: string;
  arm: string;
  armProbability: number;
  batch: BatchRef;
}

/** A response, which is also the decision record (ARCHITECTURE section 3). */
export interface PredictionResponse {
  requestId: string;
  requestPartition: number;
  requestOffset: number;
  status: ResponseStatus;
  reasonCode: string | null;
  warnings: string[];
  outputs: Record<string, FeatureValue> | null;
  decision: Decision | null;
  releaseRevision: number;
  runtime: string;
  decidedAt: number;
}

/** Ground truth for one request. */
export interface Outcome {
  requestId: string;
  eventTime: number | null;
  label: number;
}

/** A request, its response and its outcome: what learners learn from and quality is measured on. */
export interface LabelledExample {
  requestId: string;
  requestPartition: number;
  requestOffset: number;
  eventTime: number | null;
  features: Record<string, FeatureValue>;
  responseOffset: number;
  status: ResponseStatus;
  outputs: Record<string, FeatureValue> | null;
  model: string | null;
  version: number | null;
  modelDigest: string | null;
  arm: string | null;
  releaseRevision: number;
  decidedAt: number;
  outcomePartition: number;
  outcomeOffset: number;
  outcomeTime: number | null;
  label: number;
}

/** Avro JSON of `requestRecord`. */
export function requestSchema(endpoint: string, major: number, signature: ModelSignature): AvroJson {
  return avroOf(requestRecord(endpoint, major, signature));
}

/** Record of the request topic: `features` has one field an input of the signature. */
export function requestRecord(
  endpoint: string,
  major: number,
  signature: ModelSignature,
): RecordSchema<PredictionRequest> {
  const name = servingName(endpoint, major);
  return record(`${name.namespace}.${name.base}Request`, `A prediction request to the endpoint ${endpoint}`, {
    requestId: string('Your label for this request; the response carries it'),
    eventTime: nullable(timestamp('When the thing that is asked about happened')),
    deadline: nullable(timestamp('After this moment the answer is EXPIRED')),
    caller: nullable(string('Set by the gateway; on topics it is only declared')),
    features: featuresRecord(name, signature),
  });
}

/** Avro JSON of `responseRecord`. */
export function responseSchema(endpoint: string, major: number, signature: ModelSignature): AvroJson {
  return avroOf(responseRecord(endpoint, major, signature));
}

/** Record of the response topic: `outputs` has one field an output of the signature. */
export function responseRecord(
  endpoint: string,
  major: number,
  signature: ModelSignature,
): RecordSchema<PredictionResponse> {
  const name = servingName(endpoint, major);
  return record(
    `${name.namespace}.${name.base}Response`,
    `The response of the endpoint ${endpoint}: also the decision record`,
    {
      requestId: string('As in the request'),
      requestPartition: int('Partition of the request'),
      requestOffset: long('Offset of the request'),
      status: statusEnumeration(name),
      reasonCode: nullable(string('Why it was not PREDICTED')),
      warnings: array(string(), 'For example UNSEEN_CATEGORY:origin'),
      outputs: nullable(outputsRecord(name, signature), 'Null when no session ran'),
      decision: nullable(
        record(`${name.namespace}.Decision`, 'What decided', {
          model: string(),
          version: int(),
          modelDigest: string('SHA-256 of the ONNX file'),
          arm: string('Arm of the release'),
          armProbability: double('Probability with which the arm was drawn'),
          batch: record(`${name.namespace}.Batch`, 'The micro-batch: needed to compute the response again', {
            firstOffset: long(),
            index: int(),
            size: int(),
          }),
        }),
        'Null when no session ran',
      ),
      releaseRevision: long('Release revision in force; never decreases within a partition; 0 = no release'),
      runtime: string('ONNX Runtime version, provider, threads, CPU feature level'),
      decidedAt: timestamp('When'),
    },
  );
}

/** Record of the topic of labelled examples. */
export function labelledRecord(
  endpoint: string,
  major: number,
  signature: ModelSignature,
): RecordSchema<LabelledExample> {
  const name = servingName(endpoint, major);
  return record(
    `${name.namespace}.${name.base}Labelled`,
    `A request to the endpoint ${endpoint} with its response and its outcome`,
    {
      requestId: string('As in the request'),
      requestPartition: int('Partition of the request and of the response'),
      requestOffset: long('Offset of the request'),
      eventTime: nullable(timestamp('Of the request')),
      features: featuresRecord(name, signature),
      responseOffset: long('Offset of the response'),
      status: statusEnumeration(name),
      outputs: nullable(outputsRecord(name, signature), 'Null when no session ran'),
      model: nullable(string('What decided; null when no session ran')),
      version: nullable(int()),
      modelDigest: nullable(string('SHA-256 of the ONNX file')),
      arm: nullable(string('Arm of the release')),
      releaseRevision: long('In force when it was decided'),
      decidedAt: timestamp('When it was decided'),
      outcomePartition: int('Of the outcome that counts: the first one'),
      outcomeOffset: long('Of the outcome that counts'),
      outcomeTime: nullable(timestamp('When the outcome became known')),
      label: double('Ground truth: 0 or 1 for a class, the number for a regression'),
    },
  );
}

/** Names of the columns that a data set of labelled examples has beside the features. */
export interface LabelledColumns {
  /** Event time of the request; where it has none, the time of the decision. */
  readonly eventTime: string;
  readonly outcome: string;
}

/** No feature has the same name. */
export function labelledColumns({ inputs }: ModelSignature): LabelledColumns {
  const taken = new Set(inputs.map(({ field }) => field));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return { eventTime: free('event_time'), outcome: free('outcome') };
}

/** A row of a data set that is cut from labelled examples: the features, when, and what really happened. */
export function labelledRow(
  endpoint: string,
  major: number,
  signature: ModelSignature,
): RecordSchema<Record<string, unknown>> {
  const name = servingName(endpoint, major);
  const { eventTime, outcome } = labelledColumns(signature);
  return record(`${name.namespace}.${name.base}LabelledRow`, `What was learned of a request to ${endpoint}`, {
    ...featureFields(signature),
    [eventTime]: timestamp('Event time of the request; where it has none, when it was decided'),
    [outcome]: double('Ground truth'),
  }) as RecordSchema<Record<string, unknown>>;
}

/** Avro JSON of `outcomeRecord`. */
export function outcomeSchema(endpoint: string, major: number): AvroJson {
  return avroOf(outcomeRecord(endpoint, major));
}

/** Record of the outcome topic. */
export function outcomeRecord(endpoint: string, major: number): RecordSchema<Outcome> {
  const name = servingName(endpoint, major);
  return record(
    `${name.namespace}.${name.base}Outcome`,
    `What really happened after a request to the endpoint ${endpoint}`,
    {
      requestId: string('As in the request'),
      eventTime: nullable(timestamp('When it became known')),
      label: double('Ground truth: 0 or 1 for a class, the number for a regression'),
    },
  );
}

/**
 * `flights-late`, 1 -> namespace io.millrace.serve.flights_late.v1, base FlightsLate. A name that is a word of Java or
 * Python gets an underscore behind it (`new` -> new_), so that generated packages compile.
 */
export function servingName(endpoint: string, major: number): { namespace: string; base: string } {
  const base = endpoint
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
  const segment = endpoint.replaceAll('-', '_');
  return { namespace: `io.millrace.serve.${isReservedWord(segment) ? `${segment}_` : segment}.v${major}`, base };
}

/**
 * Name of the request or response field of a graph's input or output: what Avro does not allow becomes `_`, a leading
 * digit gets one before it. Two that become the same are to be refused by whoever makes the signature.
 */
export function servingFieldName(onnxName: string): string {
  const cleaned = onnxName.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(cleaned) ? cleaned : `_${cleaned}`;
}

type ServingName = ReturnType<typeof servingName>;

const featuresRecord = ({ namespace, base }: ServingName, signature: ModelSignature) =>
  record(`${namespace}.${base}Features`, 'Inputs of the model', featureFields(signature));

const featureFields = ({ inputs }: ModelSignature): Record<string, Schema<FeatureValue>> =>
  Object.fromEntries(inputs.map((input) => [input.field, inputField(input)]));

const outputsRecord = ({ namespace, base }: ServingName, { outputs }: ModelSignature) =>
  record(
    `${namespace}.${base}Outputs`,
    'Outputs of the model',
    Object.fromEntries(outputs.map((output) => [output.field, outputField(output)])),
  );

const statusEnumeration = ({ namespace }: ServingName) =>
  enumeration(`${namespace}.ResponseStatus`, RESPONSE_STATUSES, 'What became of the request', 'UNKNOWN');

function inputField(input: SignatureInput): Schema<FeatureValue> {
  const scalar = scalarOf(input.type, input.meaning);
  const field =
    input.width > 1
      ? array(scalarOf(input.type), `${input.meaning} (exactly ${input.width} values)`)
      : input.optional
        ? nullable(scalar)
        : scalar;
  return withProps(field as Schema<FeatureValue>, { onnxName: input.name });
}

function outputField(output: SignatureOutput): Schema<FeatureValue> {
  const field = output.width > 1 ? array(scalarOf(output.type), output.meaning) : scalarOf(output.type, output.meaning);
  return withProps(field as Schema<FeatureValue>, { onnxName: output.name });
}

function scalarOf(type: TensorType, doc?: string): Schema<FeatureValue> {
  switch (type) {
    case 'FLOAT':
    case 'DOUBLE':
      // A float field would lose what a caller's double holds; the lane narrows it as the graph demands.
      return double(doc) as Schema<FeatureValue>;
    case 'INT32':
      return int(doc) as Schema<FeatureValue>;
    case 'INT64':
      return long(doc) as Schema<FeatureValue>;
    case 'STRING':
      return string(doc) as Schema<FeatureValue>;
    case 'BOOL':
      return boolean(doc) as Schema<FeatureValue>;
    default:
      throw new Error(`Tensor type ${type} cannot be a field of a request or response`);
  }
}

import { array, boolean, bytes, double, enumeration, int, long, map, nullable, record, string } from '../schema/dsl';
import type { Infer } from '../schema/types';

export const ArtifactRef = record('io.millrace.ArtifactRef', 'Bytes in the artifact store, named by their content', {
  digest: string('SHA-256 of the bytes, lowercase hex'),
  size: long('Bytes'),
  mediaType: string('For example application/vnd.apache.parquet'),
});
export type ArtifactRef = Infer<typeof ArtifactRef>;

export const ExpectationKind = enumeration(
  'io.millrace.ExpectationKind',
  [
    'UNKNOWN',
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
  ],
  'What is demanded',
  'UNKNOWN',
);
export type ExpectationKind = Infer<typeof ExpectationKind>;

export const Severity = enumeration(
  'io.millrace.Severity',
  ['UNKNOWN', 'ERROR', 'WARNING'],
  'ERROR puts a record into quarantine and rejects a data set; WARNING is told only',
  'UNKNOWN',
);
export type Severity = Infer<typeof Severity>;

export const Expectation = record(
  'io.millrace.Expectation',
  'One rule about a column: the same format for a source owner and for the validation service',
  {
    id: string('Unique within its set'),
    kind: ExpectationKind,
    column: string('Field of the record'),
    min: nullable(double('BETWEEN, MEAN_BETWEEN, ROW_COUNT: smallest allowed value, inclusive; null = unbounded')),
    max: nullable(
      double(
        'BETWEEN, MEAN_BETWEEN, ROW_COUNT, MISSING_RATE: largest allowed value, inclusive; null = unbounded. DRIFT: largest PSI beyond what chance explains',
      ),
    ),
    values: nullable(array(string()), 'IN_SET: the allowed values, as text; TYPE: the allowed kinds of column'),
    severity: Severity,
    owner: string('Who to ask'),
    pattern: nullable(string('MATCHES: RE2 expression for the whole text')),
    sql: nullable(string('SQL: predicate over the columns of one row; a row where it is null holds')),
    tolerance: nullable(double('Share of the rows that may break it, 0 to 1; null = none')),
    basis: nullable(string('Where a derived rule comes from and what slack it has, for people')),
  },
);
export type Expectation = Infer<typeof Expectation>;

export const TensorType = enumeration(
  'io.millrace.TensorType',
  ['UNKNOWN', 'FLOAT', 'DOUBLE', 'INT32', 'INT64', 'STRING', 'BOOL'],
  'Element type, ONNX names',
  'UNKNOWN',
);
export type TensorType = Infer<typeof TensorType>;

export const SignatureInput = record('io.millrace.SignatureInput', 'One input of a model', {
  name: string('Name in the ONNX graph'),
  field: string('Name of the request field: characters outside [A-Za-z0-9_] became _'),
  type: TensorType,
  rank: int('1 for shape [N], 2 for [N, k]'),
  width: int('k of shape [N, k]; 1 for a scalar field'),
  optional: boolean('May be null; reaches the graph as NaN (numbers) or "" (strings)'),
  closed: boolean('Values outside range or categories are REJECTED instead of warned about'),
  min: nullable(double('Smallest value seen in training')),
  max: nullable(double('Largest value seen in training')),
  categories: nullable(array(string()), 'Values seen in training, at most 10,000'),
  meaning: string('For people'),
});
export type SignatureInput = Infer<typeof SignatureInput>;

export const SignatureOutput = record('io.millrace.SignatureOutput', 'One output of a model', {
  name: string('Name in the ONNX graph'),
  field: string('Name of the response field'),
  type: TensorType,
  rank: int('1 for shape [N], 2 for [N, k]'),
  width: int('k of shape [N, k]; 1 for a scalar field'),
  meaning: string('For people'),
});
export type SignatureOutput = Infer<typeof SignatureOutput>;

export const ModelSignature = record('io.millrace.ModelSignature', 'What a model takes and gives', {
  inputs: array(SignatureInput),
  outputs: array(SignatureOutput),
});
export type ModelSignature = Infer<typeof ModelSignature>;

export const Metrics = map(double(), 'Metric name -> value');

export const ServiceStatus = record('io.millrace.ServiceStatus', 'Heartbeat of one process', {
  service: string(),
  instance: string('host:pid, stable for the life of the process'),
  ready: boolean(),
  reason: nullable(string('Why it is not ready')),
  startedAt: long('Milliseconds since 1970'),
  details: map(string(), 'Service-specific facts, for people'),
});
export type ServiceStatus = Infer<typeof ServiceStatus>;

/** The reason in the last status of a process that was asked to stop: nothing more comes from it. */
export const LAST_WORD = 'it was asked to stop';

/** The detail that names the port of its health pages: two processes of a host that live at once never have the same. */
export const HEALTH_PORT_DETAIL = 'healthPort';

export const DeadLetter = record(
  'io.millrace.DeadLetter',
  'A record that could not be processed, kept whole so that it can be sent again',
  {
    reasonCode: string('Stable code, see docs/generated/errors.md'),
    reason: string('What is wrong with it'),
    topic: string('Where it was read'),
    partition: int(),
    offset: long(),
    timestamp: long('Kafka timestamp of the record, milliseconds'),
    key: nullable(bytes('Its key, unchanged')),
    value: nullable(bytes('Its value, unchanged')),
    headers: array(
      record('io.millrace.RecordHeader', 'One header, unchanged', { name: string(), value: nullable(bytes()) }),
      'Its headers in order',
    ),
    failedAt: long('When it was put here, milliseconds since 1970'),
  },
);
export type DeadLetter = Infer<typeof DeadLetter>;

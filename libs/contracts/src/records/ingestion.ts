import {
  array,
  double,
  enumeration,
  event,
  int,
  long,
  map,
  nullable,
  record,
  refusal,
  string,
  timestamp,
} from '../schema/dsl';
import type { Infer } from '../schema/types';
import { ArtifactRef, Expectation } from './shared';

const NS = 'io.millrace.ingestion';

const sourceFields = {
  source: string('Name: [a-z][a-z0-9-]{0,62}'),
  owner: string('Who answers for the data'),
  licence: string('SPDX id or words'),
  description: string(),
  keyField: nullable(string('Field whose text is the record key; null = the producer chooses')),
  eventTimeField: nullable(string('Field that holds the time of the event')),
  schema: string('Avro JSON of the record'),
  privacy: map(string(), 'Field -> none | personal | pii; a field that is not named is none'),
  rules: array(Expectation, 'Rules of the owner: a record that breaks one of severity ERROR goes to quarantine'),
  partitions: int('Of the raw and accepted topics', { default: 4 }),
  proposedFrom: nullable(string('Name of the file that the schema was proposed from')),
};

export const RegisterSource = record(`${NS}.RegisterSource`, 'Command: make a source and its topics', sourceFields);
export type RegisterSource = Infer<typeof RegisterSource>;

export const SourceRegistered = event(`${NS}.SourceRegistered`, 'A source exists: its topics and schemas are made', {
  ...sourceFields,
  recordsTopic: string('Producers write here'),
  acceptedTopic: string('Records that fit the schema and the rules'),
  quarantineTopic: string('Records that do not, with the reason'),
  schemaId: int('Id in the schema registry'),
  registeredBy: string('Actor'),
});
export type SourceRegistered = Infer<typeof SourceRegistered>;

export const SourceRefused = refusal(`${NS}.SourceRefused`, 'A source was not made', { source: string() });
export type SourceRefused = Infer<typeof SourceRefused>;

export const SnapshotDataset = record(`${NS}.SnapshotDataset`, 'Command: cut a data set from the accepted records', {
  source: string('A source; or one major of an endpoint, <endpoint>.v<major>: its labelled examples'),
  holdOutFraction: double('Share of the rows that becomes the hold-out set', { default: 0.25 }),
  holdOutFrom: nullable(timestamp('Event time at which the hold-out set begins; wins over the fraction')),
  upTo: nullable(array(long()), 'First offset not taken, per partition; null = the last stable offsets now'),
});
export type SnapshotDataset = Infer<typeof SnapshotDataset>;

export const DatasetPart = record(`${NS}.DatasetPart`, 'One Parquet file of a data set', {
  artifact: ArtifactRef,
  rows: long(),
  minEventTime: nullable(timestamp()),
  maxEventTime: nullable(timestamp()),
});
export type DatasetPart = Infer<typeof DatasetPart>;

export const OffsetRange = record(`${NS}.OffsetRange`, 'Half-open range of one partition', {
  partition: int(),
  from: long('First offset taken'),
  to: long('First offset not taken'),
});
export type OffsetRange = Infer<typeof OffsetRange>;

export const DatasetRegistered = event(
  `${NS}.DatasetRegistered`,
  'A data set was cut: topic, offsets and digest name it for ever',
  {
    dataset: string('<source>:<number>'),
    source: string(),
    number: int('1, 2, 3 ... within the source'),
    topic: string('The topic that was read: accepted records, or labelled examples'),
    ranges: array(OffsetRange),
    rows: long(),
    digest: string('SHA-256 over (partition, offset, value bytes) in partition and offset order, lowercase hex'),
    schemaId: int(),
    schema: string('Avro JSON of a row'),
    columns: array(record(`${NS}.DatasetColumn`, 'One column', { name: string(), type: string('DuckDB type') })),
    split: enumeration(
      `${NS}.Split`,
      ['UNKNOWN', 'EVENT_TIME', 'KEY_HASH', 'NONE'],
      'How the hold-out set was chosen',
      'UNKNOWN',
    ),
    holdOutFrom: nullable(timestamp('EVENT_TIME: first event time of the hold-out set')),
    training: DatasetPart,
    holdOut: DatasetPart,
    requestedBy: string('Actor'),
  },
);
export type DatasetRegistered = Infer<typeof DatasetRegistered>;

export const SortingChanged = event(
  `${NS}.SortingChanged`,
  'From this record on, a partition is sorted by another expectation set as well as by the rules of its source',
  {
    source: string(),
    partition: int('Of the topic of raw records'),
    fromOffset: long('The first raw record that was sorted so'),
    set: nullable(string('<source>:<number>; null = by no set any more')),
    digest: nullable(string('Of the set')),
    checks: array(string(), 'Ids of the expectations of the set that single records are sorted by'),
  },
);
export type SortingChanged = Infer<typeof SortingChanged>;

export const OutcomeContradicted = event(
  `${NS}.OutcomeContradicted`,
  'A second outcome of a request says otherwise; the first one counts',
  {
    endpoint: string(),
    major: int(),
    requestId: string('As in the request'),
    label: double('The one that counts'),
    partition: int('Where it stands on the outcome topic'),
    offset: long('Where it stands on the outcome topic'),
    otherLabel: double('The one that does not'),
    otherPartition: int('Where that stands'),
    otherOffset: long('Where that stands'),
  },
);
export type OutcomeContradicted = Infer<typeof OutcomeContradicted>;

export const DatasetRefused = refusal(`${NS}.DatasetRefused`, 'A data set was not cut', {
  dataset: string('<source>:<number>'),
  source: string(),
});
export type DatasetRefused = Infer<typeof DatasetRefused>;

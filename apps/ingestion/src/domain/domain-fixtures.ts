import {
  type DecisionContext,
  type Expectation,
  expectationOf,
  type RegisterSource,
  type SnapshotDataset,
} from '@millrace/contracts';
import type { MadeSource } from './register-source';
import type { CutDataset } from './snapshot-dataset';
import type { ColumnKind, SourceColumn, SourceSchema } from './source-schema';

/** Small values that the specs of this folder share. */
export const column = (name: string, kind: ColumnKind, type: string, nullable = false): SourceColumn => ({
  name,
  kind,
  type,
  nullable,
});

export const columns = [
  column('date', 'time', 'timestamp-millis'),
  column('delay', 'number', 'long'),
  column('origin', 'text', 'string'),
  column('gate', 'text', 'string', true),
  column('seen', 'time', 'timestamp-millis', true),
  column('raw', 'bytes', 'bytes'),
  column('legs', 'nested', 'nested'),
];

export const schema: SourceSchema = { columns, text: '{"schema":1}' };

export const rule = (change: Partial<Expectation> = {}): Expectation =>
  expectationOf({ id: 'delay-sane', kind: 'BETWEEN', column: 'delay', min: -180, max: 3000, owner: 'ann', ...change });

export const registerFlights = (change: Partial<RegisterSource> = {}): RegisterSource => ({
  source: 'flights',
  owner: 'ann',
  licence: 'CC0-1.0',
  description: '',
  keyField: null,
  eventTimeField: 'date',
  schema: '{}',
  privacy: {},
  rules: [rule()],
  partitions: 2,
  proposedFrom: null,
  ...change,
});

export const made: MadeSource = {
  recordsTopic: 'data.flights.records.v1',
  acceptedTopic: 'data.flights.accepted.v1',
  quarantineTopic: 'data.flights.quarantine.v1',
  schemaId: 7,
  schema: '{"schema":1}',
};

export const snapshotFlights = (change: Partial<SnapshotDataset> = {}): SnapshotDataset => ({
  source: 'flights',
  holdOutFraction: 0.25,
  holdOutFrom: null,
  upTo: null,
  ...change,
});

const part = (rows: number) => ({
  artifact: { digest: 'd'.repeat(64), size: 1, mediaType: 'application/vnd.apache.parquet' },
  rows,
  minEventTime: null,
  maxEventTime: null,
});

export const cut: CutDataset = {
  ranges: [
    { partition: 0, from: 0, to: 10 },
    { partition: 1, from: 0, to: 5 },
  ],
  rows: 12,
  digest: 'a'.repeat(64),
  columns: [{ name: 'date', type: 'TIMESTAMP' }],
  split: 'EVENT_TIME',
  holdOutFrom: 9,
  training: part(9),
  holdOut: part(3),
};

export const at = (version: number, causeId = 'command-1'): DecisionContext => ({
  version,
  now: 1_000,
  actor: 'ann',
  causeId,
});

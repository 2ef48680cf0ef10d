import type { ColumnKind, FieldView } from '@millrace/contracts';
import { type FieldType, tabularFields } from '../schema/tabular-schema';
import { nestedText } from './dataset-columns';

const DAY = 86_400_000;

const KINDS: Readonly<Record<FieldType, ColumnKind>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'integer',
  float: 'number',
  double: 'number',
  string: 'text',
  enum: 'text',
  bytes: 'other',
  'timestamp-millis': 'time',
  'timestamp-micros': 'time',
  date: 'time',
  nested: 'text',
};

/** What training reads from a data set where it is not the decoded value. */
const VALUES: Readonly<Partial<Record<FieldType, FieldView['toValue']>>> = {
  boolean: (value) => (typeof value === 'boolean' ? Number(value) : value),
  'timestamp-micros': (value) => (typeof value === 'number' ? Math.trunc(value / 1_000) : value),
  date: (value) => (typeof value === 'number' ? value * DAY : value),
  nested: (value) => (value === null || value === undefined ? null : nestedText(value)),
};

/**
 * The fields of a record as a data set holds them, by name.
 *
 * @param schema Avro JSON of the record
 * @throws DataError DATA_SCHEMA_UNUSABLE
 */
export const fieldViews = (schema: string): ReadonlyMap<string, FieldView> =>
  new Map(tabularFields(schema).map(({ name, type }) => [name, { kind: KINDS[type], toValue: VALUES[type] }]));

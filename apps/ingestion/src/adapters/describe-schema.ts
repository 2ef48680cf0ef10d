import { AppError } from '@millrace/contracts';
import { type FieldType, tabularFields } from '@millrace/data';
import { AvroCodec, parseSchema } from '@millrace/messaging';
import type { ColumnKind, SourceSchema } from '../domain/source-schema';

const KINDS: Readonly<Record<FieldType, ColumnKind>> = {
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'text',
  enum: 'text',
  bytes: 'bytes',
  'timestamp-millis': 'time',
  'timestamp-micros': 'time',
  date: 'time',
  nested: 'nested',
};

/**
 * Reads an Avro schema for the rules of this service: its columns and its text as registries keep it, or what is wrong
 * with it. A schema that cannot be decoded here (decimal, over the limits) is wrong too: its records could only be quarantined.
 */
export function describeSchema(text: string): SourceSchema {
  try {
    const schema = parseSchema(text);
    AvroCodec.of(schema);
    const columns = tabularFields(schema.text).map(({ name, type, nullable }) => ({
      name,
      kind: KINDS[type],
      type,
      nullable,
    }));
    return { columns, text: schema.text };
  } catch (error) {
    if (error instanceof AppError) return { problem: error.message };
    throw error;
  }
}

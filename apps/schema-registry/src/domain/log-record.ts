/**
 * Records of the compacted topic `_schemas`, in the JSON of Confluent's registry, so that either could read the other's log:
 *
 *   key                                                          value
 *   {"keytype":"SCHEMA","subject":"s","version":1,"magic":1}     {"subject":"s","version":1,"id":7,"schema":"...","deleted":false}
 *   {"keytype":"CONFIG","subject":"s","magic":0}                 {"subject":"s","compatibilityLevel":"FULL"}   null = back to the default
 *   {"keytype":"CONFIG","magic":0}                               {"compatibilityLevel":"FULL"}                 (global)
 *   {"keytype":"DELETE_SUBJECT","subject":"s","magic":0}         {"subject":"s","version":3}                   versions up to 3 are soft deleted
 *   {"keytype":"NOOP","magic":0} and others                      ignored
 *
 * The order of a key's attributes is part of the format: compaction compares bytes.
 */
export type LogRecord = SchemaRecord | ConfigRecord | DeleteSubjectRecord;

export interface SchemaRecord {
  readonly kind: 'schema';
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly text: string;
  /** `AVRO`, unless another registry wrote the log. */
  readonly type: string;
  readonly deleted: boolean;
}

export interface ConfigRecord {
  readonly kind: 'config';
  /** null = global. */
  readonly subject: string | null;
  /** null = not configured any more. */
  readonly level: CompatibilityLevel | null;
}

export interface DeleteSubjectRecord {
  readonly kind: 'delete-subject';
  readonly subject: string;
  readonly version: number;
}

export const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number];

/** Key and value as texts; a null value is a tombstone. */
export function writeLogRecord(record: LogRecord): { key: string; value: string | null } {
  switch (record.kind) {
    case 'schema': {
      const { subject, version, id, text, type, deleted } = record;
      return {
        key: JSON.stringify({ keytype: 'SCHEMA', subject, version, magic: 1 }),
        value: JSON.stringify({
          subject,
          version,
          id,
          ...(type === 'AVRO' ? {} : { schemaType: type }),
          schema: text,
          deleted,
        }),
      };
    }
    case 'config': {
      const subject = record.subject === null ? {} : { subject: record.subject };
      return {
        key: JSON.stringify({ keytype: 'CONFIG', ...subject, magic: 0 }),
        value: record.level === null ? null : JSON.stringify({ ...subject, compatibilityLevel: record.level }),
      };
    }
    case 'delete-subject': {
      const { subject, version } = record;
      return {
        key: JSON.stringify({ keytype: 'DELETE_SUBJECT', subject, magic: 0 }),
        value: JSON.stringify({ subject, version }),
      };
    }
  }
}

/** Reads a record; `ignored` for kinds that mean nothing here, `unreadable` for what is no record of a registry. */
export function readLogRecord(key: string | null, value: string | null): LogRecord | 'ignored' | 'unreadable' {
  const keyJson = objectOf(key);
  if (!keyJson) return 'unreadable';
  const valueJson = value === null ? null : objectOf(value);
  if (valueJson === undefined) return 'unreadable';
  switch (keyJson.keytype) {
    case 'SCHEMA':
      return readSchema(keyJson, valueJson);
    case 'CONFIG':
      return readConfig(keyJson, valueJson);
    case 'DELETE_SUBJECT':
      return readDeleteSubject(keyJson, valueJson);
    default:
      return 'ignored';
  }
}

type Json = Record<string, unknown>;

function readSchema(key: Json, value: Json | null): LogRecord | 'ignored' | 'unreadable' {
  const { subject, version } = key;
  if (typeof subject !== 'string' || !isPositive(version)) return 'unreadable';
  // A tombstone is a hard delete by another registry. Its schema stays readable by id: records still name it.
  if (value === null) return 'ignored';
  const { id, schema, deleted, schemaType = 'AVRO' } = value;
  if (!isPositive(id) || typeof schema !== 'string' || typeof schemaType !== 'string') return 'unreadable';
  return { kind: 'schema', subject, version, id, text: schema, type: schemaType, deleted: deleted === true };
}

function readConfig(key: Json, value: Json | null): LogRecord | 'ignored' | 'unreadable' {
  const { subject = null } = key;
  if (subject !== null && typeof subject !== 'string') return 'unreadable';
  if (value === null) return { kind: 'config', subject, level: null };
  const { compatibilityLevel = null } = value;
  if (compatibilityLevel === null) return 'ignored';
  const level = COMPATIBILITY_LEVELS.find((known) => known === compatibilityLevel);
  return level ? { kind: 'config', subject, level } : 'unreadable';
}

function readDeleteSubject(key: Json, value: Json | null): LogRecord | 'ignored' | 'unreadable' {
  if (value === null) return 'ignored';
  const { subject } = key;
  const { version } = value;
  if (typeof subject !== 'string' || !isPositive(version)) return 'unreadable';
  return { kind: 'delete-subject', subject, version };
}

const isPositive = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function objectOf(text: string | null): Json | undefined {
  if (text === null) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

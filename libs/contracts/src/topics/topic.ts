import type { AnyRecordSchema } from '../schema/types';

export type Service =
  | 'ingestion'
  | 'validation'
  | 'training'
  | 'registry'
  | 'inference'
  | 'monitoring'
  | 'governance'
  | 'gateway';

/** Who may write: services, the training workers, or producers outside Millrace that were granted it. */
export type Writer = Service | 'worker' | 'producers';

export type TopicClass =
  | 'facts'
  | 'commands'
  | 'jobs'
  | 'status'
  | 'raw records'
  | 'accepted records'
  | 'quarantine'
  | 'requests'
  | 'responses'
  | 'dead letters'
  | 'outcomes'
  | 'labelled examples';

/** `null` keeps records for ever. */
export type Retention = number | null;

const DAY_MS = 86_400_000;
export const FOR_EVER: Retention = null;
export const days = (count: number): Retention => count * DAY_MS;

/** Everything there is to know about a topic; creation, access lists and documents derive from it. */
export interface TopicDefinition {
  readonly name: string;
  readonly class: TopicClass;
  readonly owner: Service;
  readonly writers: readonly Writer[];
  /** Of topics that come and go; who reads the static ones stands in the services' flows. */
  readonly readers?: readonly Writer[];
  /** What the record key means. */
  readonly key: string;
  readonly records: readonly AnyRecordSchema[];
  readonly partitions: number;
  readonly retentionMs: Retention;
  /** Largest record, bytes. */
  readonly maxRecordBytes: number;
  readonly purpose: string;
}

const MIB = 1_048_576;
export const REQUEST_MAX_BYTES = MIB;
/** Responses and dead letters carry the request and more, so they may be larger (ARCHITECTURE section 3). */
export const RESPONSE_MAX_BYTES = MIB + 65_536;

/** As large as the broker takes a batch: a tree head names every covered partition, 90 bytes each and its name. */
export const BATCH_MAX_BYTES = 4 * MIB;

export const topic = (
  definition: Omit<TopicDefinition, 'maxRecordBytes'> & { maxRecordBytes?: number },
): TopicDefinition => ({
  maxRecordBytes:
    definition.class === 'dead letters' || definition.class === 'responses' || definition.class === 'quarantine'
      ? RESPONSE_MAX_BYTES
      : REQUEST_MAX_BYTES,
  ...definition,
});

/** Configuration entries for the creation of the topic (Kafka's own names). */
export function topicConfig(definition: TopicDefinition): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(definition.retentionMs ?? -1),
    'retention.bytes': '-1',
    'compression.type': 'producer',
    'max.message.bytes': String(definition.maxRecordBytes),
    'message.timestamp.type': 'CreateTime',
  };
}

/** `<topic>-<record full name>` (TopicRecordNameStrategy) for control topics, `<topic>-value` for those of outsiders. */
export function subjectOf(definition: TopicDefinition, record: { readonly fullName: string }): string {
  return ONE_TYPE_CLASSES.has(definition.class) ? `${definition.name}-value` : `${definition.name}-${record.fullName}`;
}

const ONE_TYPE_CLASSES: ReadonlySet<TopicClass> = new Set([
  'raw records',
  'accepted records',
  'quarantine',
  'requests',
  'responses',
  'dead letters',
  'outcomes',
  'labelled examples',
]);

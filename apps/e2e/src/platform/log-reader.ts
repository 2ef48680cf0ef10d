import {
  type EndpointCreated,
  type PredictionRequest,
  type PredictionResponse,
  servingName,
} from '@millrace/contracts';
import {
  AvroCodec,
  decodeEnvelope,
  FRAME_BYTES,
  type KafkaRecord,
  SchemaRegistryClient,
  schemaIdOf,
} from '@millrace/messaging';
import { digestOf, type HistoryRecord, type PartitionLog, partitionLogOf, UNREADABLE } from '@millrace/testing';
import type { E2ePlatform } from './e2e-platform';

const NEVER = new AbortController().signal;

/** Reads topics whole, committed and uncommitted, reduced to what the checker of histories asks for. */
export class LogReader {
  private readonly schemas: SchemaRegistryClient;
  private readonly requestType: string;

  /** @param endpoint what is on its request topic and is no request of it does not decode */
  constructor(
    private readonly platform: E2ePlatform,
    private readonly endpoint: EndpointCreated,
  ) {
    this.schemas = new SchemaRegistryClient({ url: platform.file.schemaRegistryUrl, prefix: '' });
    const { namespace, base } = servingName(endpoint.endpoint, endpoint.major);
    this.requestType = `${namespace}.${base}Request`;
  }

  async logsOf(topic: string): Promise<PartitionLog[]> {
    const { admin } = await this.platform.kafka();
    const ends = await admin.endOffsets(topic, 'committed');
    const starts = await admin.startOffsets(topic);
    const committed = await this.read(topic, ends, 'committed');
    const uncommitted = await this.read(topic, ends, 'uncommitted');
    return [...ends].map(([partition, end]) =>
      partitionLogOf({
        topic,
        partition,
        start: starts.get(partition) ?? 0,
        end,
        committed: committed.filter((record) => record.partition === partition),
        uncommitted: uncommitted.filter((record) => record.partition === partition),
      }),
    );
  }

  private async read(
    topic: string,
    ends: ReadonlyMap<number, number>,
    isolation: 'committed' | 'uncommitted',
  ): Promise<HistoryRecord[]> {
    const kafka = await this.platform.kafka();
    const reader = kafka.partitionReader({ topic, isolation, maxWaitMs: 100 });
    const records: HistoryRecord[] = [];
    try {
      for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
      const behind = () => [...ends].some(([partition, end]) => end > 0 && reader.position(topic, partition) < end);
      while (behind())
        for (const batch of await reader.fetch(NEVER))
          while (batch.records.next())
            if (batch.records.offset < ends.get(batch.partition)!)
              records.push(await this.reduce(batch.records.retain()));
    } finally {
      await reader.close();
    }
    return records;
  }

  private async reduce(record: KafkaRecord): Promise<HistoryRecord> {
    const { topic, partition, offset } = record;
    const envelope = decodeEnvelope(record.headers);
    const base = {
      topic,
      partition,
      offset,
      key: record.key?.toString('utf8') ?? null,
      digest: digestOf(record.value),
    };
    const decoded = await this.decode(record.value).catch(() => null);
    if (!decoded || (topic === this.endpoint.requestsTopic && decoded.name !== this.requestType))
      return { ...base, id: envelope.id ?? `${topic}/${partition}/${offset}`, type: UNREADABLE };
    const { name, data } = decoded;
    const id = String(envelope.id ?? data.requestId ?? `${topic}/${partition}/${offset}`);
    return {
      ...base,
      id,
      type: name,
      data,
      ...(typeof data.aggregateVersion === 'number' ? { version: data.aggregateVersion } : {}),
      ...this.traffic(record, data),
      ...sourceOf(topic, data),
      ...(envelope.causationId ? { cause: envelope.causationId } : {}),
    };
  }

  /** What requests and responses of the endpoint have that other records have not. */
  private traffic({ topic, timestamp }: KafkaRecord, data: Record<string, unknown>): Partial<HistoryRecord> {
    if (topic === this.endpoint.requestsTopic) {
      const { eventTime } = data as unknown as PredictionRequest;
      return { at: eventTime === null ? { line: 'SENT', ms: timestamp } : { line: 'EVENT', ms: eventTime } };
    }
    if (topic !== this.endpoint.responsesTopic) return {};
    const { status, releaseRevision: revision, decision } = data as unknown as PredictionResponse;
    return { status, revision, ...(decision ? { model: decision.modelDigest } : {}) };
  }

  private async decode(value: Buffer | null): Promise<{ name: string; data: Record<string, unknown> }> {
    const schema = await this.schemas.byId(schemaIdOf(value));
    const data = AvroCodec.of<Record<string, unknown>>(schema).decode(value!, FRAME_BYTES);
    return { name: 'name' in schema.root ? String(schema.root.name) : '', data };
  }
}

/** Responses name their request, dead letters their record. */
function sourceOf(topic: string, data: Record<string, unknown>): Pick<HistoryRecord, 'source'> {
  if (typeof data.requestOffset === 'number')
    return {
      source: {
        topic: topic.replace('.responses.', '.requests.'),
        partition: Number(data.requestPartition),
        offset: data.requestOffset,
      },
    };
  if (typeof data.reasonCode === 'string' && typeof data.topic === 'string' && typeof data.offset === 'number')
    return { source: { topic: data.topic, partition: Number(data.partition), offset: data.offset } };
  return {};
}

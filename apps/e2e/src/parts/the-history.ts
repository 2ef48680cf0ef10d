import { type EndpointCreated, servingName } from '@millrace/contracts';
import {
  AvroCodec,
  decodeEnvelope,
  FRAME_BYTES,
  type KafkaRecord,
  SchemaRegistryClient,
  schemaIdOf,
} from '@millrace/messaging';
import {
  assertCleanHistory,
  digestOf,
  type HistoryRecord,
  type PartitionLog,
  partitionLogOf,
  UNREADABLE,
} from '@millrace/testing';
import type { E2ePlatform } from '../platform/e2e-platform';
import { EndpointTopics } from '../platform/endpoint-topics';

const NEVER = new AbortController().signal;
const VERSIONED = [
  'ingestion.sources.v1',
  'ingestion.datasets.v1',
  'validation.verdicts.v1',
  'validation.expectations.v1',
  'monitoring.windows.v1',
  'training.runs.v1',
  'registry.models.v1',
  'registry.endpoints.v1',
  'registry.releases.v1',
  'governance.risks.v1',
  'governance.policies.v1',
  'governance.approvals.v1',
  'governance.tree-heads.v1',
];

/** After everything that was done to the platform: the whole log, held against the invariants. */
export function theHistory(platform: () => E2ePlatform): void {
  describe('the history', () => {
    it('is clean: one answer each, in order, nothing lost, nothing aborted seen, no gap in any aggregate', async () => {
      const { endpoint } = await EndpointTopics.of(platform(), 'flights-late');
      const reader = new LogReader(platform(), endpoint.requestsTopic, requestTypeOf(endpoint));
      const topics = [endpoint.requestsTopic, endpoint.responsesTopic, endpoint.deadLettersTopic, ...VERSIONED];
      const logs: PartitionLog[] = [];
      for (const topic of topics) logs.push(...(await reader.logsOf(topic)));
      const kafka = await platform().kafka();
      const group = `inference.${endpoint.requestsTopic}`;
      const report = assertCleanHistory(
        {
          operations: [],
          logs,
          lanes: [
            {
              requests: endpoint.requestsTopic,
              responses: endpoint.responsesTopic,
              deadLetters: endpoint.deadLettersTopic,
              committed: await kafka.admin.committedOffsets(group, endpoint.requestsTopic),
            },
          ],
          consumers: [],
          outboxes: [],
          versioned: VERSIONED,
        },
        { responses: 2_000, deadLetters: 5 },
      );
      expect(report.broken).toEqual([]);
    });
  });
}

/** Reads topics whole, committed and uncommitted, reduced to what the checker asks for. */
class LogReader {
  private readonly schemas: SchemaRegistryClient;

  /** @param requestType full name of what the request topic carries; anything else there does not decode as a request. */
  constructor(
    private readonly platform: E2ePlatform,
    private readonly requestsTopic: string,
    private readonly requestType: string,
  ) {
    this.schemas = new SchemaRegistryClient({ url: platform.file.schemaRegistryUrl, prefix: '' });
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
    if (!decoded || (topic === this.requestsTopic && decoded.name !== this.requestType))
      return { ...base, id: envelope.id ?? `${topic}/${partition}/${offset}`, type: UNREADABLE };
    const { name, data } = decoded;
    const id = String(envelope.id ?? data.requestId ?? `${topic}/${partition}/${offset}`);
    return {
      ...base,
      id,
      type: name,
      data,
      ...(typeof data.aggregateVersion === 'number' ? { version: data.aggregateVersion } : {}),
      ...(typeof data.releaseRevision === 'number' ? { revision: data.releaseRevision } : {}),
      ...sourceOf(topic, data),
      ...(envelope.causationId ? { cause: envelope.causationId } : {}),
    };
  }

  private async decode(value: Buffer | null): Promise<{ name: string; data: Record<string, unknown> }> {
    const schema = await this.schemas.byId(schemaIdOf(value));
    const data = AvroCodec.of<Record<string, unknown>>(schema).decode(value!, FRAME_BYTES);
    return { name: 'name' in schema.root ? String(schema.root.name) : '', data };
  }
}

function requestTypeOf({ endpoint, major }: EndpointCreated): string {
  const { namespace, base } = servingName(endpoint, major);
  return `${namespace}.${base}Request`;
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

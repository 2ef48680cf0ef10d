import { type AvroSchema, parseSchema, type SchemaSource, UndecodableError } from '../avro';
import type { KafkaClient } from '../client/kafka-client';

const NEVER = new AbortController().signal;

/**
 * Schemas by id, taken from the log of the schema registry instead of the registry: for who has nothing but the broker, as an auditor
 * has. What it says need not be trusted: bytes that are read by a wrong schema fit no signature.
 */
export class SchemasOnLog implements SchemaSource {
  /** Where every Confluent-compatible registry keeps its schemas. */
  static readonly topic = '_schemas';
  private readonly texts = new Map<number, string>();
  private readonly schemas = new Map<number, AvroSchema>();

  private constructor() {}

  /** Reads the log to its end as of now. */
  static async read(client: KafkaClient): Promise<SchemasOnLog> {
    const { topic } = SchemasOnLog;
    const found = new SchemasOnLog();
    for (const [partition, end] of await client.admin.endOffsets(topic, 'committed')) {
      const reader = client.partitionReader({ topic, maxWaitMs: 250 });
      try {
        reader.assign(topic, partition, 'start');
        while (reader.position(topic, partition) < end) {
          for (const { records } of await reader.fetch(NEVER))
            while (records.next()) found.take(records.record().value);
        }
      } finally {
        await reader.close();
      }
    }
    return found;
  }

  /** @throws UndecodableError UNKNOWN_SCHEMA, INCOMPATIBLE_SCHEMA */
  async byId(id: number): Promise<AvroSchema> {
    const known = this.schemas.get(id);
    if (known !== undefined) return known;
    const text = this.texts.get(id);
    if (text === undefined)
      throw new UndecodableError(
        'UNKNOWN_SCHEMA',
        `schema id ${id}`,
        `No schema ${id} stands on ${SchemasOnLog.topic}.`,
        { id },
      );
    const schema = parseSchema(text);
    this.schemas.set(id, schema);
    return schema;
  }

  /** Records of a kind that is none of ours are passed over, as registries do. */
  private take(value: Buffer | null): void {
    if (value === null) return;
    try {
      const { id, schema } = JSON.parse(value.toString('utf8')) as { id?: unknown; schema?: unknown };
      if (typeof id === 'number' && typeof schema === 'string') this.texts.set(id, schema);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

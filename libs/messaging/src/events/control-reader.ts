import { type AnyRecordSchema, avroOf } from '@millrace/contracts';
import {
  AvroCodec,
  type AvroDecoder,
  type AvroSchema,
  FRAME_BYTES,
  parseSchema,
  type SchemaSource,
  schemaIdOf,
} from '../avro';
import { decodeEnvelope } from '../envelope';
import type { Received } from '../flow/flow';
import type { KafkaRecord } from '../modes/kafka-ports';

/**
 * Decodes records of control topics, which carry several types: the writer's schema names the type, the reader's own
 * schema gives the shape. Types that are not listed are skipped.
 */
export class ControlReader {
  private readonly codecs = new Map<string, AvroCodec>();
  private readonly decoders = new Map<number, AvroDecoder<unknown> | null>();
  constructor(
    private readonly schemas: SchemaSource,
    records: readonly AnyRecordSchema[],
  ) {
    for (const record of records)
      this.codecs.set(record.fullName, AvroCodec.of(parseSchema(JSON.stringify(avroOf(record)))));
  }

  /**
   * @returns null for a type that is not listed.
   * @throws UndecodableError (poison), or InfrastructureError when the registry does not answer.
   */
  async read(record: KafkaRecord): Promise<Received<unknown> | null> {
    const decoder = await this.decoderOf(schemaIdOf(record.value));
    if (decoder === null) return null;
    const data = decoder.decode(record.value as Buffer, FRAME_BYTES);
    const envelope = decodeEnvelope(record.headers);
    const id = envelope.id ?? `${record.topic}/${record.partition}/${record.offset}`;
    return {
      data,
      record: nameOf(decoder.writer),
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      key: record.key?.toString('utf8') ?? null,
      id,
      correlationId: envelope.correlationId ?? id,
      causationId: envelope.causationId ?? null,
      actor: null,
      traceparent: envelope.traceparent ?? null,
    };
  }

  private async decoderOf(schemaId: number): Promise<AvroDecoder<unknown> | null> {
    const known = this.decoders.get(schemaId);
    if (known !== undefined) return known;
    const writer = await this.schemas.byId(schemaId);
    const decoder = this.codecs.get(nameOf(writer))?.decoderOf(writer) ?? null;
    this.decoders.set(schemaId, decoder);
    return decoder;
  }
}

function nameOf(schema: AvroSchema): string {
  return 'name' in schema.root ? String(schema.root.name) : '';
}

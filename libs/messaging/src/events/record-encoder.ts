import {
  type AnyRecordSchema,
  avroOf,
  InfrastructureError,
  type RecordSchema,
  subjectOf,
  type TopicDefinition,
} from '@millrace/contracts';
import { AvroCodec, frame, parseSchema, type SchemaRegistryClient } from '../avro';
import { encodeEnvelope, type HeaderList } from '../envelope';
import type { Cause } from '../flow/flow';

export interface EncodedRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: HeaderList;
}

export interface RecordToEncode<T> {
  readonly record: AnyRecordSchema;
  readonly topic: TopicDefinition;
  readonly key: string;
  readonly data: T;
  /** `ce_id`. */
  readonly id: string;
  readonly cause?: Cause | undefined;
  /** Milliseconds since 1970: `ce_time`. */
  readonly time: number;
}

/** Makes the final bytes and headers of control records. Schema ids are looked up once: `contracts apply` registered them. */
export class RecordEncoder {
  private readonly known = new Map<string, Promise<{ codec: AvroCodec; schemaId: number }>>();

  /** @param source who writes: the `ce_source` is `/millrace/<source>`. */
  constructor(
    private readonly schemas: SchemaRegistryClient,
    private readonly source: string,
  ) {}

  async encode<T>(what: RecordToEncode<T>): Promise<EncodedRecord> {
    const { codec, schemaId } = await this.prepared(what.topic, what.record);
    return {
      topic: what.topic.name,
      key: Buffer.from(what.key, 'utf8'),
      value: frame(schemaId, codec.encode(what.data)),
      headers: encodeEnvelope({
        id: what.id,
        source: `/millrace/${this.source}`,
        type: what.record.fullName,
        time: what.time,
        correlationId: what.cause?.correlationId ?? what.id,
        ...(what.cause ? { causationId: what.cause.id } : {}),
        ...(what.cause?.traceparent ? { traceparent: what.cause.traceparent } : {}),
      }),
    };
  }

  private prepared(topic: TopicDefinition, record: RecordSchema<unknown>) {
    const subject = subjectOf(topic, record);
    let prepared = this.known.get(subject);
    if (!prepared) {
      prepared = this.prepare(subject, record);
      this.known.set(subject, prepared);
      // What failed is asked for again next time.
      prepared.catch(() => this.known.delete(subject));
    }
    return prepared;
  }

  private async prepare(
    subject: string,
    record: RecordSchema<unknown>,
  ): Promise<{ codec: AvroCodec; schemaId: number }> {
    const schema = parseSchema(JSON.stringify(avroOf(record)));
    const found = await this.schemas.lookup(subject, schema);
    if (found) return { codec: AvroCodec.of(schema), schemaId: found.id };
    throw new InfrastructureError({
      code: 'SCHEMA_NOT_REGISTERED',
      message: `The schema registry does not have ${record.fullName} under ${subject}: run the step "contracts apply", which npm start runs before the services.`,
      context: { subject },
    });
  }
}

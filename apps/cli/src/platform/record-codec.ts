import { AvroCodec, FRAME_BYTES, frame, parseSchema, type SchemaRegistryClient, schemaIdOf } from '@millrace/messaging';

/** Encodes records of one schema with their frame. */
export class RecordWriter {
  private readonly codec: AvroCodec<unknown>;

  constructor(
    schemaText: string,
    private readonly schemaId: number,
  ) {
    this.codec = AvroCodec.of(parseSchema(schemaText));
  }

  encode(value: unknown): Buffer {
    return frame(this.schemaId, this.codec.encode(value));
  }
}

/** Decodes any framed record by the schema that wrote it. */
export async function decodeRecord(
  schemas: SchemaRegistryClient,
  value: Buffer | null,
): Promise<{ schemaId: number; name: string; data: unknown }> {
  const schemaId = schemaIdOf(value);
  const schema = await schemas.byId(schemaId);
  const name = 'name' in schema.root ? String(schema.root.name) : '';
  return { schemaId, name, data: AvroCodec.of(schema).decode(value as Buffer, FRAME_BYTES) };
}

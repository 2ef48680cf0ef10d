import { InfrastructureError } from '@millrace/contracts';
import type { AvroCodec, AvroDecoder } from './codec';
import { FRAME_BYTES, schemaIdOf } from './framing';
import type { SchemaRegistryClient } from './registry-client';

/**
 * Decodes framed values of any writer's schema into one reader's shape, without an await for schema ids seen before:
 *
 *   const id = reader.unlearned(value);
 *   if (id !== null) await reader.learn(id);
 *   const request = reader.decode(value);
 */
export class FramedReader<T> {
  private readonly decoders = new Map<number, AvroDecoder<T>>();
  private readonly unreadable = new Map<number, Error>();

  constructor(
    private readonly registry: SchemaRegistryClient,
    private readonly codec: AvroCodec<T>,
  ) {}

  /**
   * The schema id of a value that must be learned before `decode`; null when it is known.
   * @throws UndecodableError UNREADABLE when the value has no frame.
   */
  unlearned(value: Buffer | null, start = 0, end: number = value?.length ?? 0): number | null {
    const id = schemaIdOf(value, start, end);
    return this.decoders.has(id) || this.unreadable.has(id) ? null : id;
  }

  /**
   * Fetches a schema and prepares its decoder. A schema that this reader cannot read is remembered: `decode` refuses
   * its records without asking the registry again.
   * @throws UndecodableError UNKNOWN_SCHEMA, or InfrastructureError when the registry does not answer.
   */
  async learn(id: number): Promise<void> {
    const writer = await this.registry.byId(id);
    try {
      this.decoders.set(id, this.codec.decoderOf(writer));
    } catch (error) {
      this.unreadable.set(id, error as Error);
    }
  }

  /**
   * Decodes one framed value.
   * @throws UndecodableError UNREADABLE or INCOMPATIBLE_SCHEMA.
   */
  decode(value: Buffer | null, start = 0, end: number = value?.length ?? 0): T {
    const id = schemaIdOf(value, start, end);
    const decoder = this.decoders.get(id);
    if (decoder) return decoder.decode(value as Buffer, start + FRAME_BYTES, end);
    throw (
      this.unreadable.get(id) ??
      new InfrastructureError({
        code: 'SCHEMA_NOT_LEARNED',
        message: `The schema ${id} has not been fetched yet.`,
        context: { schemaId: id },
      })
    );
  }

  /** `unlearned`, `learn` and `decode` in one call, for paths where an await per record costs nothing. */
  async read(value: Buffer | null): Promise<T> {
    const id = this.unlearned(value);
    if (id !== null) await this.learn(id);
    return this.decode(value);
  }
}

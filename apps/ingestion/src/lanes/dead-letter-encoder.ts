import { avroOf, DeadLetter, InfrastructureError } from '@millrace/contracts';
import { AvroCodec, frame, parseSchema, type SchemaRegistryClient } from '@millrace/messaging';

/** Frames dead letters for one quarantine topic; its schema id is looked up at the first one and remembered. */
export class DeadLetterEncoder {
  private static readonly schema = parseSchema(JSON.stringify(avroOf(DeadLetter)));
  private readonly codec = AvroCodec.of<DeadLetter>(DeadLetterEncoder.schema);
  private schemaId: number | null = null;

  constructor(
    private readonly registry: SchemaRegistryClient,
    private readonly topic: string,
  ) {}

  /** @throws InfrastructureError while the registry does not answer, or does not have the schema (any more). */
  async encode(deadLetter: DeadLetter): Promise<Buffer> {
    this.schemaId ??= await this.lookUp();
    return frame(this.schemaId, this.codec.encode(deadLetter));
  }

  private async lookUp(): Promise<number> {
    const subject = `${this.topic}-value`;
    const found = await this.registry.lookup(subject, DeadLetterEncoder.schema);
    if (found) return found.id;
    throw new InfrastructureError({
      code: 'SCHEMA_NOT_REGISTERED',
      message: `The schema registry does not have ${DeadLetter.fullName} under ${subject}, which was registered with the source. Restore the registry.`,
      context: { subject },
    });
  }
}

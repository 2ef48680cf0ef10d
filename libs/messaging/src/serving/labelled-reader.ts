import { avroOf, type EndpointCreated, type LabelledExample, labelledRecord } from '@millrace/contracts';
import { AvroCodec, FramedReader, parseSchema, type SchemaRegistryClient } from '../avro';

/** Decodes the labelled examples of one major of an endpoint. */
export function labelledReader(
  { endpoint, major, signature }: Pick<EndpointCreated, 'endpoint' | 'major' | 'signature'>,
  registry: SchemaRegistryClient,
): FramedReader<LabelledExample> {
  const record = labelledRecord(endpoint, major, signature);
  return new FramedReader(registry, AvroCodec.of(parseSchema(JSON.stringify(avroOf(record)))));
}

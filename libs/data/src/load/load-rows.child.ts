import { silentLogger } from '@millrace/contracts';
import { AvroCodec, frame, KafkaClient, parseSchema, partitionOfKey, RecordBatchWriter } from '@millrace/messaging';
import { openDataFile } from '../files/data-file';
import { fitFile } from '../rows/fit-file';
import type { FieldValue } from '../rows/read-rows';
import { loadIntoTopic } from './load-into-topic';

/** Process under test of load-into-topic.int.spec.ts: loads a file as the CLI does. Arguments: brokers, prefix, file, topic, schema. */
async function main([brokers, prefix, path, topic, schema]: string[]): Promise<void> {
  if (!brokers || prefix === undefined || !path || !topic || !schema) throw new Error('An argument is missing.');
  const client = await KafkaClient.connect({ brokers: [brokers], clientId: 'load', prefix }, silentLogger);
  const codec = AvroCodec.of<Record<string, FieldValue>>(parseSchema(schema));
  const file = await openDataFile(path);
  try {
    const report = await loadIntoTopic({
      fitted: await fitFile(file, schema),
      source: 'some',
      topic,
      keyField: null,
      encode: (value) => frame(1, codec.encode(value)),
      port: { client, newBatch: () => new RecordBatchWriter(), partitionFor: partitionOfKey },
      rowsPerTransaction: 1_000,
      clock: { now: () => Date.now() },
    });
    console.log(JSON.stringify(report));
  } finally {
    file.close();
    await client.close();
  }
}

void main(process.argv.slice(2)).catch((error) => {
  console.log(error.code, error.message);
  process.exitCode = 1;
});

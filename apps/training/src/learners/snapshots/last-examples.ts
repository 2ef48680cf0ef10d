import { type LabelledExample, PoisonError } from '@millrace/contracts';
import type { FramedReader, KafkaClient } from '@millrace/messaging';
import type { FeatureRow } from './spoilt-rows';

/** The features of the examples in the last `most` records before an offset, oldest first. */
export async function lastExamples(
  client: KafkaClient,
  reader: FramedReader<LabelledExample>,
  topic: string,
  before: number,
  most: number,
  signal: AbortSignal,
): Promise<FeatureRow[]> {
  const start = (await client.admin.startOffsets(topic)).get(0) ?? 0;
  const records = client.partitionReader({ topic });
  const rows: FeatureRow[] = [];
  try {
    records.assign(topic, 0, Math.max(start, before - most));
    while (records.position(topic, 0) < before) {
      signal.throwIfAborted();
      for (const { records: batch } of await records.fetch(signal))
        while (batch.next() && batch.offset < before) {
          const features = await featuresOf(reader, batch.record().value);
          if (features) rows.push(features);
        }
    }
  } finally {
    await records.close();
  }
  return rows;
}

/** Null for what no learner could read either. */
async function featuresOf(reader: FramedReader<LabelledExample>, value: Buffer | null): Promise<FeatureRow | null> {
  try {
    return (await reader.read(value)).features;
  } catch (error) {
    if (error instanceof PoisonError) return null;
    throw error;
  }
}

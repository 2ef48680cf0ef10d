import type { KafkaClient } from './kafka-ports';

/**
 * Whether a read_committed reader of this partition finds a record, or would have found one that retention took since. What
 * lies there in aborted transactions does not count: nobody was answered by it.
 */
export async function holdsRecords(
  client: KafkaClient,
  topic: string,
  partition: number,
  signal: AbortSignal,
): Promise<boolean> {
  const start = (await client.admin.startOffsets(topic)).get(partition) ?? 0;
  const end = (await client.admin.endOffsets(topic, 'committed')).get(partition) ?? 0;
  if (start > 0 || end === 0) return start > 0;
  const reader = client.partitionReader({ topic });
  try {
    reader.assign(topic, partition, start);
    for (let position = start; position < end && !signal.aborted; ) {
      for (const batch of await reader.fetch(signal)) {
        if (batch.records.next()) return true;
        position = batch.nextOffset;
      }
    }
    return false;
  } finally {
    await reader.close();
  }
}

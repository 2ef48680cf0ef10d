import type { KafkaClient } from '@millrace/messaging';

/** Deletes a partition's records before an offset, as retention would. */
export async function trimTopic(client: KafkaClient, name: string, partition: number, offset: number): Promise<void> {
  const admin = client.kafkajs.kafka.admin();
  await admin.connect();
  try {
    const topic = client.prefixed(name);
    await admin.fetchTopicOffsets(topic); // Loads what deleteTopicRecords looks up.
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  } finally {
    await admin.disconnect();
  }
}

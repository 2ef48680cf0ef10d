import type { KafkaClient, KafkaRecord } from '@millrace/messaging';

export interface TailOptions {
  /** Records from the end, over all partitions. */
  readonly last: number;
  /** Go on with what comes. */
  readonly follow: boolean;
}

/** The last records of a topic in order of their timestamps, then, if wanted, what comes. */
export async function* readTail(
  kafka: KafkaClient,
  topic: string,
  { last, follow }: TailOptions,
): AsyncGenerator<KafkaRecord> {
  const ends = await kafka.admin.endOffsets(topic, 'committed');
  const starts = await kafka.admin.startOffsets(topic);
  const reader = kafka.partitionReader({ topic, maxWaitMs: 250 });
  const never = new AbortController().signal;
  try {
    for (const [partition, end] of ends)
      reader.assign(topic, partition, Math.max(starts.get(partition) ?? 0, end - last));
    const found: KafkaRecord[] = [];
    const behind = () => [...ends].some(([partition, end]) => reader.position(topic, partition) < end);
    while (behind())
      for (const batch of await reader.fetch(never)) while (batch.records.next()) found.push(batch.records.retain());
    found.sort((a, b) => a.timestamp - b.timestamp || a.offset - b.offset);
    yield* found.slice(-last);
    while (follow)
      for (const batch of await reader.fetch(never)) while (batch.records.next()) yield batch.records.retain();
  } finally {
    await reader.close();
  }
}

import type { KafkaClient, KafkaRecord, PartitionReader } from '@millrace/messaging';

export interface TailOptions {
  /** Records from the end, over all partitions. */
  readonly last: number;
  /** Go on with what comes. */
  readonly follow: boolean;
}

const NEVER = new AbortController().signal;
const MOST_OFFSETS_BACK = 1_000_000;

/** The last records of a topic in order of their timestamps, then, if wanted, what comes. */
export async function* readTail(
  kafka: KafkaClient,
  topic: string,
  { last, follow }: TailOptions,
): AsyncGenerator<KafkaRecord> {
  const ends = await kafka.admin.endOffsets(topic, 'committed');
  const starts = await kafka.admin.startOffsets(topic);
  const reader = kafka.partitionReader({ topic, maxWaitMs: 250 });
  try {
    yield* await lastRecords(reader, topic, { starts, ends, last });
    if (follow) for (const [partition, end] of ends) reader.assign(topic, partition, end);
    while (follow)
      for (const batch of await reader.fetch(NEVER)) while (batch.records.next()) yield batch.records.retain();
  } finally {
    await reader.close();
  }
}

interface Range {
  readonly starts: ReadonlyMap<number, number>;
  readonly ends: ReadonlyMap<number, number>;
  readonly last: number;
}

/**
 * Offsets are not records: markers of transactions and aborted records take offsets too, up to one a record and more. So the
 * look back grows until each partition gave what it could.
 */
async function lastRecords(
  reader: PartitionReader,
  topic: string,
  { starts, ends, last }: Range,
): Promise<KafkaRecord[]> {
  const found: KafkaRecord[] = [];
  for (const [partition, end] of ends) {
    const start = starts.get(partition) ?? 0;
    for (let back = last * 2; ; back *= 4) {
      const from = Math.max(start, end - back);
      const records = await readRange(reader, topic, partition, from, end);
      if (records.length < last && from > start && back < MOST_OFFSETS_BACK) continue;
      found.push(...records.slice(-last));
      break;
    }
  }
  return found.sort((a, b) => a.timestamp - b.timestamp || a.offset - b.offset).slice(-last);
}

async function readRange(
  reader: PartitionReader,
  topic: string,
  partition: number,
  from: number,
  end: number,
): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  reader.assign(topic, partition, from);
  while (reader.position(topic, partition) < end)
    for (const batch of await reader.fetch(NEVER))
      while (batch.records.next()) if (batch.records.offset < end) records.push(batch.records.retain());
  reader.unassign(topic, partition);
  return records;
}

import { AppError } from '@millrace/contracts';
import type { FetchedPartition, KafkaClient, PartitionReader } from '../modes/kafka-ports';
import { SlicedCursor } from '../modes/sliced-cursor';

/** Records of one partition between two offsets, `to` left out. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface Waiting {
  readonly batch: FetchedPartition;
  /** Kafka timestamp of its first record; none, such as one of markers alone, goes at once. */
  readonly time: number;
}

interface Feed {
  readonly range: OffsetRange;
  readonly reader: PartitionReader;
  waiting: Waiting[];
  /** Next offset of the last batch: one follows the other without a gap. */
  reached: number;
  done: boolean;
}

/**
 * What stands between offsets of several partitions, read committed, batch by batch; the batch whose first record is the oldest by
 * its Kafka timestamp comes first, so that topics come to be read much as they were written. Work on a batch before asking for the next.
 *
 * @throws AppError LOG_TOO_SHORT when a partition ends before its range does
 */
export async function* readRanges(
  client: KafkaClient,
  ranges: readonly OffsetRange[],
  signal: AbortSignal,
): AsyncGenerator<FetchedPartition> {
  const wanted = ranges.filter(({ from, to }) => from < to);
  for (const range of wanted) await checkEnd(client, range);
  const feeds = wanted.map((range) => feedOf(client, range));
  try {
    for (;;) {
      for (const feed of feeds) await fill(feed, signal);
      const ready = feeds.filter(({ waiting }) => waiting.length > 0);
      if (ready.length === 0) return;
      const oldest = ready.reduce((best, feed) => (timeOf(feed) < timeOf(best) ? feed : best));
      yield oldest.waiting.shift()!.batch;
    }
  } finally {
    await Promise.all(feeds.map(({ reader }) => reader.close()));
  }
}

/** From where a partition is still kept up to where it was read. */
export async function keptRanges(
  client: KafkaClient,
  topic: string,
  positions: ReadonlyMap<number, number>,
): Promise<OffsetRange[]> {
  const starts = await client.admin.startOffsets(topic);
  return [...positions].map(([partition, to]) => ({ topic, partition, from: starts.get(partition) ?? 0, to }));
}

/** Those of which something was read that is no longer there. */
export const beheaded = (ranges: readonly OffsetRange[]): OffsetRange[] =>
  ranges.filter(({ from, to }) => from > 0 && to > 0);

function feedOf(client: KafkaClient, range: OffsetRange): Feed {
  const reader = client.partitionReader({ topic: range.topic, maxWaitMs: 250 });
  reader.assign(range.topic, range.partition, range.from);
  return { range, reader, waiting: [], reached: range.from, done: false };
}

async function fill(feed: Feed, signal: AbortSignal): Promise<void> {
  const { topic, partition, to } = feed.range;
  while (feed.waiting.length === 0 && !feed.done) {
    signal.throwIfAborted();
    for (const batch of await feed.reader.fetch(signal)) {
      const records = new SlicedCursor(batch.records, Number.POSITIVE_INFINITY, to);
      const time = records.nextSlice() ? records.timestamp : Number.NEGATIVE_INFINITY;
      const nextOffset = Math.min(batch.nextOffset, to);
      if (nextOffset === feed.reached) continue;
      feed.waiting.push({ batch: { ...batch, records, fetchOffset: feed.reached, nextOffset }, time });
      feed.reached = nextOffset;
    }
    feed.done = feed.reader.position(topic, partition) >= to;
  }
}

const timeOf = ({ waiting }: Feed): number => waiting[0]!.time;

async function checkEnd(client: KafkaClient, { topic, partition, to }: OffsetRange): Promise<void> {
  const end = (await client.admin.endOffsets(topic)).get(partition) ?? 0;
  if (end >= to) return;
  throw new AppError({
    code: 'LOG_TOO_SHORT',
    message: `${topic}/${partition} ends at offset ${end}, but what is to be rebuilt was read up to ${to}: the log has lost records, so nothing can be rebuilt from it.`,
    retriable: false,
    context: { topic, partition, end, to },
  });
}

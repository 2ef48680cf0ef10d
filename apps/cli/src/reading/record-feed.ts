import type { FetchedPartition, KafkaClient, PartitionReader, RecordCursor } from '@millrace/messaging';

const NEVER = new AbortController().signal;

/**
 * The records of one partition between two offsets, read committed, without an await per record:
 *
 *   while (feed.next() || (await feed.more())) use(feed.at);
 *
 * The next fetch is under way while one is worked on.
 */
export class RecordFeed {
  private readonly reader: PartitionReader;
  private cursor: RecordCursor | null = null;
  private waiting: FetchedPartition[] = [];
  private fetching: Promise<FetchedPartition[]> | null = null;
  private position: number;

  /** @param end first offset that is not read; what lies beyond the last stable offset is never waited for. */
  constructor(
    kafka: KafkaClient,
    private readonly topic: string,
    private readonly partition: number,
    from: number,
    private readonly end: number,
  ) {
    this.reader = kafka.partitionReader({ topic, maxWaitMs: 250 });
    this.reader.assign(topic, partition, from);
    this.position = from;
  }

  /** The record that stands now; views into the fetch. */
  get at(): RecordCursor {
    return this.cursor!;
  }

  /** Steps to the next record of what was fetched already. */
  next(): boolean {
    return this.cursor?.next() === true && this.cursor.offset < this.end;
  }

  /** Fetches until there is a record, and steps to it. @returns false at the end of the range. */
  async more(): Promise<boolean> {
    for (;;) {
      const batch = this.waiting.shift();
      if (batch) {
        this.cursor = batch.records;
        this.position = batch.nextOffset;
        if (this.next()) return true;
        if (this.cursor.offset >= this.end) return false;
      } else if (this.position >= this.end) return false;
      else await this.fetch();
    }
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  private async fetch(): Promise<void> {
    this.waiting = await (this.fetching ?? this.reader.fetch(NEVER));
    this.fetching = null;
    const reached = this.reader.position(this.topic, this.partition);
    if (this.waiting.length === 0) this.position = Math.max(this.position, reached);
    if (reached >= this.end) return;
    this.fetching = this.reader.fetch(NEVER);
    // Heard when it is awaited; a feed that is closed before does not care.
    this.fetching.catch(() => {});
  }
}

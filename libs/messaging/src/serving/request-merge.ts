import type { KafkaClient } from '../client/kafka-client';
import type { FetchedPartition, PartitionReader } from '../reader/partition-reader';
import type { KafkaRecord } from '../records/record-cursor';

/**
 * The requests that the responses of one partition answer. Responses stand in request order within their partition, so both
 * topics are read side by side, each once; going back (a batch read again) costs a new read from there.
 */
export class RequestMerge {
  private readonly reader: PartitionReader;
  private batch: FetchedPartition | null = null;
  /** Next offset that was not looked at; -1 before the first call. */
  private position = -1;
  /** The cursor stands on a record that was asked for by nobody yet. */
  private peeked = false;

  constructor(
    private readonly client: KafkaClient,
    private readonly topic: string,
    private readonly partition: number,
  ) {
    this.reader = client.partitionReader({ topic });
  }

  /**
   * @param offsets of requests, rising.
   * @returns copies of the records by offset; what retention took is missing.
   */
  async take(offsets: readonly number[], signal: AbortSignal): Promise<Map<number, KafkaRecord>> {
    const found = new Map<number, KafkaRecord>();
    if (offsets.length === 0) return found;
    if (this.position < 0 || offsets[0]! < this.position) await this.seek(offsets[0]!);
    for (const offset of offsets) {
      while (this.position <= offset && !signal.aborted) {
        if (!(await this.next(signal))) break;
        const { records } = this.batch!;
        if (records.offset > offset) break;
        this.peeked = false;
        this.position = records.offset + 1;
        if (records.offset === offset) found.set(offset, records.retain());
      }
    }
    signal.throwIfAborted();
    return found;
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async seek(offset: number): Promise<void> {
    const kept = (await this.client.admin.startOffsets(this.topic)).get(this.partition) ?? 0;
    this.position = Math.max(offset, kept);
    this.reader.assign(this.topic, this.partition, this.position);
    this.batch = null;
    this.peeked = false;
  }

  /** Lets the cursor stand on the next record. @returns false when told to stop */
  private async next(signal: AbortSignal): Promise<boolean> {
    if (this.peeked) return true;
    while (!signal.aborted) {
      if (this.batch?.records.next()) {
        this.peeked = true;
        return true;
      }
      // A response stands on the log only after its request, so there is more to come.
      [this.batch = null] = await this.reader.fetch(signal);
    }
    return false;
  }
}

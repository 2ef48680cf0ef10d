import type { RecordBatchBytes } from '../records/record-batch-bytes';
import { RecordBatchWriter, type RecordHeader, recordSizeBound } from '../records/record-batch-writer';

/** Everything that goes to one partition in one transaction. */
export interface LaneTarget {
  readonly topic: string;
  readonly partition: number;
  /** In order. Their buffers are in use until the transaction has ended. */
  readonly batches: readonly RecordBatchBytes[];
}

/**
 * The broker refuses a batch beyond the topic's limit (1 MiB at least), and outputs may be larger than what was read (dead
 * letters, compressed input): beyond this size a new batch of the same transaction begins. Bytes.
 */
const BATCH_BYTES_MAX = 768 * 1_024;
const NO_HEADERS: readonly RecordHeader[] = [];

/**
 * What a lane writes in one transaction, by topic and partition, in order. Records are copied into batches at once, so the
 * caller's buffers may be used again; the batches' own buffers are used again by the next transaction.
 */
export class LaneOutput {
  private readonly writers = new Map<string, TargetWriter>();
  private last: TargetWriter | null = null;
  private time = 0;

  /** Begins the next transaction. @param now timestamp of records that name none, milliseconds since 1970 */
  begin(now: number): this {
    this.time = now;
    for (const writer of this.writers.values()) writer.begin();
    return this;
  }

  /** @param timestamp milliseconds since 1970; the beginning of the transaction unless given */
  produce(
    topic: string,
    partition: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
    timestamp: number = this.time,
  ): void {
    this.writerOf(topic, partition).add(timestamp, key, value, headers);
  }

  /** Targets that got records. */
  targets(): LaneTarget[] {
    const targets: LaneTarget[] = [];
    for (const writer of this.writers.values()) {
      const { topic, partition } = writer;
      if (writer.holdsRecords) targets.push({ topic, partition, batches: writer.finish() });
    }
    return targets;
  }

  private writerOf(topic: string, partition: number): TargetWriter {
    const { last } = this;
    if (last !== null && last.partition === partition && last.topic === topic) return last;
    const name = `${topic}/${partition}`;
    let writer = this.writers.get(name);
    if (writer === undefined) {
      writer = new TargetWriter(topic, partition);
      this.writers.set(name, writer);
    }
    this.last = writer;
    return writer;
  }
}

class TargetWriter {
  private readonly writers = [new RecordBatchWriter()];
  private current = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  begin(): void {
    for (const writer of this.writers) writer.begin();
    this.current = 0;
  }

  get holdsRecords(): boolean {
    return this.writers[0].recordCount > 0;
  }

  add(timestamp: number, key: Buffer | null, value: Buffer | null, headers: readonly RecordHeader[]): void {
    const writer = this.writers[this.current];
    const full = writer.recordCount > 0 && writer.byteLength + recordSizeBound(key, value, headers) > BATCH_BYTES_MAX;
    (full ? this.following() : writer).add(timestamp, key, value, headers);
  }

  finish(): RecordBatchBytes[] {
    return this.writers.slice(0, this.current + 1).map((writer) => writer.finish());
  }

  private following(): RecordBatchWriter {
    this.current++;
    if (this.current === this.writers.length) this.writers.push(new RecordBatchWriter());
    return this.writers[this.current];
  }
}

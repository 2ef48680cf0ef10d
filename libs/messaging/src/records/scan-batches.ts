import type { AbortedTransaction } from '../wire/fetch';
import { AbortedTransactions } from './aborted-transactions';
import { corruptBatch, malformedBatch } from './batch-errors';
import { decompress } from './compression/decompress';
import { markerOf } from './control-marker';
import { crc32c } from './crc32c';
import type { FetchedBatch } from './fetched-batch';
import {
  ATTRIBUTE_CODEC_MASK,
  ATTRIBUTE_CONTROL,
  ATTRIBUTE_LOG_APPEND_TIME,
  ATTRIBUTE_TRANSACTIONAL,
  BATCH,
} from './record-batch-bytes';
import { BatchCursor, type RecordCursor } from './record-cursor';

/** The records of one fetched partition, and where to fetch next. */
export interface FetchedRecords {
  cursor: RecordCursor;
  /** Past the last whole batch, whether its records were delivered, aborted or a marker. */
  nextOffset: number;
  /** Records left out because their transaction was aborted. */
  abortedRecords: number;
}

/** Batch length field's least value: what a batch without records has after it. */
const MIN_BATCH_LENGTH = BATCH.RECORDS - BATCH.LEADER_EPOCH;

/**
 * Goes over the batches that a fetch returned: checks length, magic and CRC-32C of each, follows the transactions, decompresses.
 * The last batch may be cut by the fetch's byte limit; it is left for the next fetch.
 * @throws KafkaError KAFKA_CORRUPT_BATCH, KAFKA_MALFORMED_BATCH, KAFKA_UNREADABLE_BATCH
 */
export async function scanBatches(
  topic: string,
  partition: number,
  fetchOffset: number,
  records: Buffer,
  aborted: readonly AbortedTransaction[],
): Promise<FetchedRecords> {
  const scan = new BatchScan(topic, partition, fetchOffset, records, aborted);
  scan.run();
  for (const batch of scan.batches) {
    if (batch.codec === 0) continue;
    batch.bytes = await decompress(batch.codec, batch.bytes.subarray(batch.start, batch.end));
    batch.start = 0;
    batch.end = batch.bytes.length;
    batch.codec = 0;
  }
  return {
    cursor: new BatchCursor(topic, partition, fetchOffset, scan.batches),
    nextOffset: scan.nextOffset,
    abortedRecords: scan.abortedRecords,
  };
}

class BatchScan {
  readonly batches: FetchedBatch[] = [];
  nextOffset: number;
  abortedRecords = 0;
  private readonly transactions: AbortedTransactions;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly fetchOffset: number,
    private readonly bytes: Buffer,
    aborted: readonly AbortedTransaction[],
  ) {
    this.nextOffset = fetchOffset;
    this.transactions = new AbortedTransactions(aborted);
  }

  run(): void {
    const { bytes } = this;
    let at = 0;
    let expected = 0;
    while (bytes.length - at >= BATCH.RECORDS) {
      const baseOffset = Number(bytes.readBigInt64BE(at + BATCH.BASE_OFFSET));
      const length = bytes.readInt32BE(at + BATCH.LENGTH);
      if (length < MIN_BATCH_LENGTH) throw this.malformed(baseOffset, `a length of ${length} bytes`);
      const end = at + BATCH.LEADER_EPOCH + length;
      if (end > bytes.length) break;
      if (!Number.isSafeInteger(baseOffset) || baseOffset < expected)
        throw this.malformed(baseOffset, 'its offset goes backwards');
      expected = this.batch(at, end, baseOffset);
      at = end;
    }
    if (bytes.length > 0 && expected <= this.fetchOffset) {
      throw this.malformed(
        this.fetchOffset,
        `${bytes.length} bytes that hold no whole batch from the offset asked for`,
      );
    }
  }

  /** @returns the offset after the batch */
  private batch(at: number, end: number, baseOffset: number): number {
    const { bytes } = this;
    const magic = bytes[at + BATCH.MAGIC];
    if (magic !== 2) throw this.malformed(baseOffset, `message format ${magic}, only 2 is read`);
    if (bytes.readUInt32BE(at + BATCH.CRC) !== crc32c(bytes, at + BATCH.ATTRIBUTES, end)) {
      throw corruptBatch(this.topic, this.partition, baseOffset);
    }
    const lastOffsetDelta = bytes.readInt32BE(at + BATCH.LAST_OFFSET_DELTA);
    const recordCount = bytes.readInt32BE(at + BATCH.RECORD_COUNT);
    if (lastOffsetDelta < 0 || recordCount < 0) throw this.malformed(baseOffset, 'a negative count');
    const lastOffset = baseOffset + lastOffsetDelta;
    if (lastOffset + 1 > this.nextOffset) this.nextOffset = lastOffset + 1;
    const attributes = bytes.readInt16BE(at + BATCH.ATTRIBUTES);
    if ((attributes & ATTRIBUTE_CONTROL) !== 0) {
      if (recordCount > 0) this.marker(at, end, baseOffset);
    } else if (this.isAborted(at, attributes, lastOffset)) {
      this.abortedRecords += recordCount;
    } else if (lastOffset >= this.fetchOffset && recordCount > 0) {
      this.batches.push({
        bytes,
        start: at + BATCH.RECORDS,
        end,
        baseOffset,
        lastOffsetDelta,
        baseTimestamp: Number(bytes.readBigInt64BE(at + BATCH.BASE_TIMESTAMP)),
        maxTimestamp: Number(bytes.readBigInt64BE(at + BATCH.MAX_TIMESTAMP)),
        logAppendTime: (attributes & ATTRIBUTE_LOG_APPEND_TIME) !== 0,
        recordCount,
        codec: attributes & ATTRIBUTE_CODEC_MASK,
      });
    }
    return lastOffset + 1;
  }

  private isAborted(at: number, attributes: number, lastOffset: number): boolean {
    if ((attributes & ATTRIBUTE_TRANSACTIONAL) === 0 || this.transactions.isEmpty) return false;
    return this.transactions.covers(this.bytes.readBigInt64BE(at + BATCH.PRODUCER_ID), lastOffset);
  }

  private marker(at: number, end: number, baseOffset: number): void {
    if (markerOf(this.topic, this.partition, this.bytes, at, end) !== 'abort') return;
    this.transactions.close(this.bytes.readBigInt64BE(at + BATCH.PRODUCER_ID), baseOffset);
  }

  private malformed(offset: number, found: string) {
    return malformedBatch(this.topic, this.partition, offset, found);
  }
}

import { crc32c } from './crc32c';
import { ATTRIBUTE_TRANSACTIONAL, BATCH, type RecordBatchBytes } from './record-batch-bytes';
import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint';

/** Room in front of the batch for request header, transactional id and topic name, so that the frame needs no copy. */
const HEADROOM = 1_024;
/** Room behind for the tag sections that close the request. */
const TAILROOM = 16;
const NO_HEADERS: readonly RecordHeader[] = [];

export type RecordHeader = readonly [key: string, value: Buffer | string | null];

/**
 * Builds record batches (v2) in one reusable Buffer, without an object per record.
 *
 * `begin()`, then `add(...)` for each record, then `finish()`. The Buffer behind the returned batch is reused by the next
 * `begin()`: call it only when the batch was answered. Batches that must live longer come from a writer of their own.
 */
export class RecordBatchWriter {
  private buffer: Buffer;
  private at = 0;
  private count = 0;
  private baseTimestamp = 0;
  private maxTimestamp = 0;

  /** @param capacity bytes to start with; the Buffer doubles when a batch outgrows it */
  constructor(capacity = 64 * 1_024) {
    this.buffer = Buffer.allocUnsafeSlow(HEADROOM + BATCH.RECORDS + capacity + TAILROOM);
    this.begin();
  }

  get recordCount(): number {
    return this.count;
  }

  /** Bytes of the batch so far, its header included. */
  get byteLength(): number {
    return this.at - HEADROOM;
  }

  begin(): this {
    this.at = HEADROOM + BATCH.RECORDS;
    this.count = 0;
    this.baseTimestamp = 0;
    this.maxTimestamp = 0;
    return this;
  }

  /** @param timestamp milliseconds since 1970 */
  add(
    timestamp: number,
    key: Buffer | null,
    value: Buffer | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ): this {
    const keyEnd = key === null ? -1 : key.length;
    const valueEnd = value === null ? -1 : value.length;
    return this.addSlices(
      timestamp,
      key,
      key === null ? -1 : 0,
      keyEnd,
      value,
      value === null ? -1 : 0,
      valueEnd,
      headers,
    );
  }

  /** As `add`, from slices of larger Buffers (what a RecordCursor stands on): start -1 means null. Nothing is allocated. */
  addSlices(
    timestamp: number,
    keyBytes: Buffer | null,
    keyStart: number,
    keyEnd: number,
    valueBytes: Buffer | null,
    valueStart: number,
    valueEnd: number,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ): this {
    if (this.count === 0) {
      this.baseTimestamp = timestamp;
      this.maxTimestamp = timestamp;
    } else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    const timestampDelta = timestamp - this.baseTimestamp;
    const keyLength = keyStart < 0 ? -1 : keyEnd - keyStart;
    const valueLength = valueStart < 0 ? -1 : valueEnd - valueStart;
    const bodyLength =
      1 +
      varlongSize(timestampDelta) +
      varintSize(this.count) +
      varintSize(keyLength) +
      Math.max(keyLength, 0) +
      varintSize(valueLength) +
      Math.max(valueLength, 0) +
      headersSize(headers);
    this.room(5 + bodyLength);
    const bytes = this.buffer;
    let at = writeVarint(bytes, this.at, bodyLength);
    bytes[at++] = 0;
    at = writeVarlong(bytes, at, timestampDelta);
    at = writeVarint(bytes, at, this.count);
    at = writeVarint(bytes, at, keyLength);
    if (keyLength > 0) at += (keyBytes as Buffer).copy(bytes, at, keyStart, keyEnd);
    at = writeVarint(bytes, at, valueLength);
    if (valueLength > 0) at += (valueBytes as Buffer).copy(bytes, at, valueStart, valueEnd);
    this.at = writeHeaders(bytes, at, headers);
    this.count++;
    return this;
  }

  /** Writes the batch header. Producer id, epoch, sequence and checksum are set by `sealBatch`, when the producer sends it. */
  finish(): RecordBatchBytes {
    const { buffer, count } = this;
    const start = HEADROOM;
    buffer.writeBigInt64BE(0n, start + BATCH.BASE_OFFSET);
    buffer.writeInt32BE(this.at - start - BATCH.LEADER_EPOCH, start + BATCH.LENGTH);
    buffer.writeInt32BE(-1, start + BATCH.LEADER_EPOCH);
    buffer.writeInt8(2, start + BATCH.MAGIC);
    buffer.writeUInt32BE(0, start + BATCH.CRC);
    buffer.writeInt16BE(0, start + BATCH.ATTRIBUTES);
    buffer.writeInt32BE(count - 1, start + BATCH.LAST_OFFSET_DELTA);
    buffer.writeBigInt64BE(BigInt(this.baseTimestamp), start + BATCH.BASE_TIMESTAMP);
    buffer.writeBigInt64BE(BigInt(this.maxTimestamp), start + BATCH.MAX_TIMESTAMP);
    buffer.writeBigInt64BE(-1n, start + BATCH.PRODUCER_ID);
    buffer.writeInt16BE(-1, start + BATCH.PRODUCER_EPOCH);
    buffer.writeInt32BE(-1, start + BATCH.BASE_SEQUENCE);
    buffer.writeInt32BE(count, start + BATCH.RECORD_COUNT);
    return { buffer, start, end: this.at, recordCount: count };
  }

  private room(count: number): void {
    const wanted = this.at + count + TAILROOM;
    if (wanted <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, wanted));
    this.buffer.copy(grown, HEADROOM, HEADROOM, this.at);
    this.buffer = grown;
  }
}

/** Who writes the batch: stamped into its header, so that the broker can drop repeats and fence zombies. */
export interface ProducerStamp {
  producerId: bigint;
  producerEpoch: number;
  /** Records written so far to this partition in this epoch. */
  baseSequence: number;
  transactional: boolean;
}

/** Stamps producer id, epoch and sequence into the batch and computes its CRC-32C. The same stamp gives the same bytes. */
export function sealBatch(batch: RecordBatchBytes, stamp: ProducerStamp): void {
  const { buffer, start, end } = batch;
  buffer.writeInt16BE(stamp.transactional ? ATTRIBUTE_TRANSACTIONAL : 0, start + BATCH.ATTRIBUTES);
  buffer.writeBigInt64BE(stamp.producerId, start + BATCH.PRODUCER_ID);
  buffer.writeInt16BE(stamp.producerEpoch, start + BATCH.PRODUCER_EPOCH);
  buffer.writeInt32BE(stamp.baseSequence, start + BATCH.BASE_SEQUENCE);
  buffer.writeUInt32BE(crc32c(buffer, start + BATCH.ATTRIBUTES, end), start + BATCH.CRC);
}

/** Bytes one record may take at most, for callers who split batches by size. */
export function recordSizeBound(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[] = NO_HEADERS,
): number {
  return 5 + 1 + 10 + 5 + 5 + (key?.length ?? 0) + 5 + (value?.length ?? 0) + headersSize(headers);
}

function headersSize(headers: readonly RecordHeader[]): number {
  let size = varintSize(headers.length);
  for (const [key, value] of headers) {
    const keyLength = Buffer.byteLength(key);
    size += varintSize(keyLength) + keyLength;
    const valueLength = headerLength(value);
    size += varintSize(valueLength) + Math.max(valueLength, 0);
  }
  return size;
}

function writeHeaders(bytes: Buffer, start: number, headers: readonly RecordHeader[]): number {
  let at = writeVarint(bytes, start, headers.length);
  for (const [key, value] of headers) {
    at = writeVarint(bytes, at, Buffer.byteLength(key));
    at += bytes.write(key, at, 'utf8');
    at = writeVarint(bytes, at, headerLength(value));
    if (typeof value === 'string') at += bytes.write(value, at, 'utf8');
    else if (value !== null) at += value.copy(bytes, at);
  }
  return at;
}

function headerLength(value: Buffer | string | null): number {
  if (value === null) return -1;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}

import { malformedBatch } from './batch-errors';
import type { FetchedBatch } from './fetched-batch';

/** Header values by name; the last one wins where a name is repeated, and a null value reads as an empty Buffer. */
export type Headers = ReadonlyMap<string, Buffer>;

/** One record read. Buffers are views into the fetch response: `retain()` gives one whose Buffers are copies. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** As written: repeated names, order and nulls kept. */
  readonly rawHeaders: readonly [name: string, value: Buffer | null][];
}

/**
 * Walks the records of one fetched partition without an object per record: after `next()` the fields stand on one record, as
 * positions in `buffer`. Aborted transactions, control batches and records below the fetch offset are left out.
 */
export interface RecordCursor {
  /** @returns false at the end. @throws KafkaError KAFKA_MALFORMED_BATCH */
  next(): boolean;
  readonly offset: number;
  readonly timestamp: number;
  /** -1 and -1 where the key is null. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly headerCount: number;
  /** The headers as written: name and value in turn, each behind its varint length. */
  readonly headersStart: number;
  readonly headersEnd: number;
  /** What the positions point into; changes between batches. */
  readonly buffer: Buffer;
  headers(): Headers;
  /** The record as an object of views, valid as long as it is held; it keeps the whole fetch response alive. */
  record(): KafkaRecord;
  /** The record as an object of copies: for what outlives its batch. */
  retain(): KafkaRecord;
}

/** Least bytes of a record: length, attributes, two deltas, key and value length, header count. */
export const MIN_RECORD_BYTES = 7;
const NOTHING = Buffer.alloc(0);

export class BatchCursor implements RecordCursor {
  offset = -1;
  timestamp = -1;
  keyStart = -1;
  keyEnd = -1;
  valueStart = -1;
  valueEnd = -1;
  headerCount = 0;
  headersStart = 0;
  headersEnd = 0;
  buffer: Buffer = NOTHING;

  private at = 0;
  private end = 0;
  private left = 0;
  private batch: FetchedBatch | null = null;
  private nextBatch = 0;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly fromOffset: number,
    private readonly batches: readonly FetchedBatch[],
  ) {}

  next(): boolean {
    do {
      while (this.left === 0) if (!this.enterBatch()) return false;
      this.decodeRecord();
    } while (this.offset < this.fromOffset);
    return true;
  }

  headers(): Headers {
    return headersOf(this.record().rawHeaders);
  }

  record(): KafkaRecord {
    return new FetchedRecord(
      this.topic,
      this.partition,
      this.offset,
      this.timestamp,
      this.keyStart < 0 ? null : this.buffer.subarray(this.keyStart, this.keyEnd),
      this.valueStart < 0 ? null : this.buffer.subarray(this.valueStart, this.valueEnd),
      this.buffer.subarray(this.headersStart, this.headersEnd),
      this.headerCount,
    );
  }

  retain(): KafkaRecord {
    return new FetchedRecord(
      this.topic,
      this.partition,
      this.offset,
      this.timestamp,
      this.keyStart < 0 ? null : Buffer.from(this.buffer.subarray(this.keyStart, this.keyEnd)),
      this.valueStart < 0 ? null : Buffer.from(this.buffer.subarray(this.valueStart, this.valueEnd)),
      Buffer.from(this.buffer.subarray(this.headersStart, this.headersEnd)),
      this.headerCount,
    );
  }

  private enterBatch(): boolean {
    if (this.batch !== null && this.at !== this.end) throw this.malformed('bytes after its last record');
    if (this.nextBatch >= this.batches.length) return false;
    const batch = this.batches[this.nextBatch++];
    this.batch = batch;
    this.buffer = batch.bytes;
    this.at = batch.start;
    this.end = batch.end;
    this.left = batch.recordCount;
    if (this.left * MIN_RECORD_BYTES > this.end - this.at) throw this.malformed(`${this.left} records announced`);
    return true;
  }

  private decodeRecord(): void {
    const batch = this.batch as FetchedBatch;
    const length = this.varint();
    const recordEnd = this.at + length;
    if (length < MIN_RECORD_BYTES - 1 || recordEnd > this.end) throw this.malformed(`a record of ${length} bytes`);
    this.at += 1; // attributes: none are defined
    const timestampDelta = this.varlong();
    const offsetDelta = this.varint();
    if (offsetDelta < 0 || offsetDelta > batch.lastOffsetDelta)
      throw this.malformed(`an offset delta of ${offsetDelta}`);
    this.offset = batch.baseOffset + offsetDelta;
    this.timestamp = batch.logAppendTime ? batch.maxTimestamp : batch.baseTimestamp + timestampDelta;
    const keyLength = this.varint();
    this.keyStart = keyLength < 0 ? -1 : this.at;
    this.at += keyLength < 0 ? 0 : keyLength;
    this.keyEnd = keyLength < 0 ? -1 : this.at;
    if (keyLength < -1 || this.at > recordEnd) throw this.malformed(`a key of ${keyLength} bytes`);
    const valueLength = this.varint();
    this.valueStart = valueLength < 0 ? -1 : this.at;
    this.at += valueLength < 0 ? 0 : valueLength;
    this.valueEnd = valueLength < 0 ? -1 : this.at;
    if (valueLength < -1 || this.at > recordEnd) throw this.malformed(`a value of ${valueLength} bytes`);
    const headerCount = this.varint();
    const headerBytes = recordEnd - this.at;
    if (headerCount < 0 || headerCount * 2 > headerBytes || (headerCount === 0 && headerBytes !== 0)) {
      throw this.malformed(`${headerCount} headers in ${headerBytes} bytes`);
    }
    this.headerCount = headerCount;
    this.headersStart = this.at;
    this.headersEnd = recordEnd;
    this.at = recordEnd;
    this.left--;
  }

  // A read beyond the Buffer gives undefined, which counts as a zero byte; the caller's check of the position refuses it.
  private varint(): number {
    const bytes = this.buffer;
    let byte = bytes[this.at++];
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let zigzag = byte & 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      byte = bytes[this.at++];
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    throw this.malformed('a varint that does not end');
  }

  private varlong(): number {
    const bytes = this.buffer;
    const first = bytes[this.at++];
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let zigzag = first & 0x7f;
    for (let scale = 0x80, i = 1; i < 10; scale *= 0x80, i++) {
      const byte = bytes[this.at++];
      zigzag += (byte & 0x7f) * scale;
      if (byte < 0x80) return first & 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    }
    throw this.malformed('a varlong that does not end');
  }

  private malformed(found: string) {
    return malformedBatch(this.topic, this.partition, this.batch?.baseOffset ?? this.fromOffset, found);
  }
}

class FetchedRecord implements KafkaRecord {
  private decoded: [string, Buffer | null][] | null = null;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly timestamp: number,
    readonly key: Buffer | null,
    readonly value: Buffer | null,
    private readonly headerBytes: Buffer,
    private readonly headerCount: number,
  ) {}

  get headers(): Headers {
    return headersOf(this.rawHeaders);
  }

  get rawHeaders(): readonly [string, Buffer | null][] {
    this.decoded ??= this.decodeHeaders();
    return this.decoded;
  }

  private decodeHeaders(): [string, Buffer | null][] {
    const headers: [string, Buffer | null][] = [];
    let at = 0;
    const slice = (): Buffer | null => {
      let length = 0;
      [length, at] = varintAt(this.headerBytes, at);
      if (length === -1) return null;
      if (length < 0 || length > this.headerBytes.length - at) throw this.malformed(`a header part of ${length} bytes`);
      at += length;
      return this.headerBytes.subarray(at - length, at);
    };
    for (let i = 0; i < this.headerCount; i++) {
      const name = slice();
      if (name === null) throw this.malformed('a header without a name');
      headers.push([name.toString('utf8'), slice()]);
    }
    if (at !== this.headerBytes.length) throw this.malformed('bytes after the last header');
    return headers;
  }

  private malformed(found: string) {
    return malformedBatch(this.topic, this.partition, this.offset, found);
  }
}

function headersOf(raw: readonly [string, Buffer | null][]): Headers {
  return new Map(raw.map(([name, value]) => [name, value ?? NOTHING]));
}

function varintAt(bytes: Buffer, start: number): [value: number, at: number] {
  let zigzag = 0;
  let at = start;
  for (let shift = 0; shift <= 28 && at < bytes.length; shift += 7) {
    const byte = bytes[at++];
    zigzag |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [(zigzag >>> 1) ^ -(zigzag & 1), at];
  }
  return [-2, at];
}

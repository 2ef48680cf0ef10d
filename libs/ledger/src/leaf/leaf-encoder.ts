import { ledgerError } from '../ledger-error';
import { LEAF_PREFIX, sha256 } from '../merkle/hashes';

/** A record as the ledger sees it. Header names are bytes: two names that are no UTF-8 must not read as one. */
export interface LedgerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** As written: repeated names, order and nulls kept. */
  readonly headers: readonly (readonly [name: Buffer | string, value: Buffer | null])[];
}

/** What a record cursor stands on: positions in `buffer`, -1 for null; `headers` are [headersStart, headersEnd) as Kafka writes them. */
export interface RecordPosition {
  readonly offset: number;
  readonly timestamp: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly headerCount: number;
  readonly headersStart: number;
  readonly headersEnd: number;
  readonly buffer: Buffer;
}

const VERSION = 1;
const NULL = -1;

/**
 * The leaves of one partition. Every part has a fixed width or its length in front, so two different records never have the same bytes:
 *
 * ```
 * version u8 (1) | topic length i32 | topic (UTF-8) | partition i32 | offset i64 | timestamp i64 (ms)
 * | key length i32 (-1 null) | key | value length i32 (-1 null) | value
 * | header count i32 | [name length i32 | name | value length i32 (-1 null) | value]
 * ```
 * Integers are big endian. The leaf hash is SHA-256(0x00 || these bytes).
 */
export class LeafEncoder {
  private bytes = Buffer.allocUnsafeSlow(4_096);
  private readonly prefix: number;
  private at = 0;

  constructor(topic: string, partition: number) {
    this.bytes[0] = LEAF_PREFIX;
    this.bytes[1] = VERSION;
    this.at = 2;
    this.part(Buffer.from(topic, 'utf8'));
    this.int(partition);
    this.prefix = this.at;
  }

  /** The leaf bytes without the hash's prefix, in a Buffer of their own. */
  encode(record: Omit<LedgerRecord, 'topic' | 'partition'>): Buffer {
    this.write(record);
    return Buffer.from(this.bytes.subarray(1, this.at));
  }

  /** The leaf hash of a record that is held as an object. */
  hash(record: Omit<LedgerRecord, 'topic' | 'partition'>): Buffer {
    this.write(record);
    return sha256(this.bytes.subarray(0, this.at));
  }

  /**
   * The leaf hash of the record that a cursor stands on; nothing but the hash is allocated.
   * @throws AppError LEDGER_RECORD_MALFORMED
   */
  hashAt(record: RecordPosition): Buffer {
    this.writeAt(record);
    return sha256(this.bytes.subarray(0, this.at));
  }

  /**
   * The leaf bytes of the record that a cursor stands on, without the hash's prefix, in a Buffer of their own.
   * @throws AppError LEDGER_RECORD_MALFORMED
   */
  encodeAt(record: RecordPosition): Buffer {
    this.writeAt(record);
    return Buffer.from(this.bytes.subarray(1, this.at));
  }

  private writeAt(record: RecordPosition): void {
    const { buffer } = record;
    this.begin(record.offset, record.timestamp);
    this.slice(buffer, record.keyStart, record.keyEnd);
    this.slice(buffer, record.valueStart, record.valueEnd);
    this.int(record.headerCount);
    const parts = record.headerCount * 2;
    let at = record.headersStart;
    for (let part = 0; part < parts; part++) {
      let zigzag = 0;
      let byte = 0x80;
      for (let shift = 0; byte >= 0x80 && shift <= 28 && at < record.headersEnd; shift += 7) {
        byte = buffer[at++];
        zigzag |= (byte & 0x7f) << shift;
      }
      const length = (zigzag >>> 1) ^ -(zigzag & 1);
      const nameOrNull = length === NULL && part % 2 === 1;
      if (byte >= 0x80 || (length < 0 && !nameOrNull) || length > record.headersEnd - at) {
        throw malformed(`its headers at offset ${record.offset} are cut or have no name`);
      }
      this.slice(buffer, nameOrNull ? NULL : at, at + length);
      at += nameOrNull ? 0 : length;
    }
    if (at !== record.headersEnd) throw malformed(`bytes follow its last header at offset ${record.offset}`);
  }

  private write({ offset, timestamp, key, value, headers }: Omit<LedgerRecord, 'topic' | 'partition'>): void {
    this.begin(offset, timestamp);
    this.part(key);
    this.part(value);
    this.int(headers.length);
    for (const [name, bytes] of headers) {
      this.part(typeof name === 'string' ? Buffer.from(name, 'utf8') : name);
      this.part(bytes);
    }
  }

  private begin(offset: number, timestamp: number): void {
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(timestamp)) {
      throw malformed(`its offset ${offset} or timestamp ${timestamp} is beyond 53 bits`);
    }
    this.at = this.prefix;
    this.long(offset);
    this.long(timestamp);
  }

  private part(bytes: Buffer | null): void {
    if (bytes === null) this.int(NULL);
    else this.slice(bytes, 0, bytes.length);
  }

  private slice(bytes: Buffer, start: number, end: number): void {
    if (start < 0) {
      this.int(NULL);
      return;
    }
    const length = end - start;
    this.int(length);
    this.room(length);
    this.at += bytes.copy(this.bytes, this.at, start, end);
  }

  private int(value: number): void {
    this.room(4);
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  private long(value: number): void {
    this.room(8);
    this.at = this.bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.at);
    this.at = this.bytes.writeUInt32BE(value >>> 0, this.at);
  }

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

function malformed(found: string) {
  return ledgerError(
    'LEDGER_RECORD_MALFORMED',
    `The record has no leaf: ${found}. Look at it with kafka-dump-log; no client of Kafka writes such a record.`,
  );
}

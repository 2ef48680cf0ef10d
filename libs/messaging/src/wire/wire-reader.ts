import { KafkaError } from '../client/kafka-error';

const TWO_32 = 2 ** 32;

/**
 * Reads one response body. Every length and count is checked against the bytes left before anything is allocated or looped
 * over, so that hostile bytes give KAFKA_MALFORMED_RESPONSE after work proportional to their number, never a hang or a huge
 * allocation. Integers are big-endian; "compact" lengths are unsigned varints of length + 1, 0 meaning null (KIP-482).
 */
export class WireReader {
  private at: number;
  private readonly end: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly api: string,
    start = 0,
    end = bytes.length,
  ) {
    this.at = start;
    this.end = end;
  }

  get offset(): number {
    return this.at;
  }

  get left(): number {
    return this.end - this.at;
  }

  i8(): number {
    this.need(1);
    return this.bytes.readInt8(this.at++);
  }

  bool(): boolean {
    return this.i8() !== 0;
  }

  i16(): number {
    this.need(2);
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  i32(): number {
    this.need(4);
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  /** A signed 64-bit integer that must be exact as a number (offsets, timestamps). */
  i64(): number {
    this.need(8);
    const value = this.bytes.readInt32BE(this.at) * TWO_32 + this.bytes.readUInt32BE(this.at + 4);
    if (!Number.isSafeInteger(value)) throw this.malformed('a 64-bit integer beyond 2^53');
    this.at += 8;
    return value;
  }

  /** A signed 64-bit integer of any size (producer ids). */
  i64big(): bigint {
    this.need(8);
    this.at += 8;
    return this.bytes.readBigInt64BE(this.at - 8);
  }

  /** At most five bytes, at most 2^32 - 1. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      this.need(1);
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= TWO_32) throw this.malformed('a varint beyond 32 bits');
        return value;
      }
    }
    throw this.malformed('a varint longer than five bytes');
  }

  compactString(): string {
    const value = this.compactNullableString();
    if (value === null) throw this.malformed('null where a string is required');
    return value;
  }

  compactNullableString(): string | null {
    const length = this.uvarint();
    if (length === 0) return null;
    return this.slice(length - 1).toString('utf8');
  }

  /** A view, not a copy; null for length 0. */
  compactNullableBytes(): Buffer | null {
    const length = this.uvarint();
    return length === 0 ? null : this.slice(length - 1);
  }

  /** A compact array; `minBytes` is the least an element can take, so that a count beyond the bytes left is refused at once. */
  compactArray<T>(minBytes: number, element: (reader: WireReader) => T): T[] {
    const values = this.compactNullableArray(minBytes, element);
    if (values === null) throw this.malformed('null where an array is required');
    return values;
  }

  compactNullableArray<T>(minBytes: number, element: (reader: WireReader) => T): T[] | null {
    const length = this.uvarint();
    if (length === 0) return null;
    const count = length - 1;
    if (count * minBytes > this.left) throw this.malformed(`an array of ${count} elements`);
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(element(this));
    return values;
  }

  /** The tag section that ends every struct: count, then (tag, size, bytes); `known` is given the tags it may want. */
  tags(known?: (tag: number, value: WireReader) => void): void {
    const count = this.uvarint();
    if (count * 2 > this.left) throw this.malformed(`${count} tagged fields`);
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      const size = this.uvarint();
      if (size > this.left) throw this.malformed(`a tagged field of ${size} bytes`);
      if (known) known(tag, new WireReader(this.bytes, this.api, this.at, this.at + size));
      this.at += size;
    }
  }

  /** Everything must have been read: a response of a known version has no bytes to spare. */
  done(): void {
    if (this.left !== 0) throw this.malformed(`${this.left} bytes after the end of the response`);
  }

  malformed(found: string): KafkaError {
    return new KafkaError({
      code: 'KAFKA_MALFORMED_RESPONSE',
      message: `The ${this.api} response is malformed: ${found} at byte ${this.at} of ${this.end}. The connection is closed and opened anew; check that the address is a Kafka broker.`,
      api: this.api,
      kafkaCode: 0,
      retriable: true,
      context: { at: this.at, length: this.end },
    });
  }

  private slice(length: number): Buffer {
    this.need(length);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private need(count: number): void {
    if (count > this.end - this.at) throw this.malformed(`${count} bytes wanted, ${this.end - this.at} left`);
  }
}

/** Writes one request into a growing Buffer; big-endian, with the compact forms of KIP-482. */
export class WireWriter {
  private bytes: Buffer;
  private at = 0;

  constructor(capacity = 256) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.at;
  }

  i8(value: number): this {
    this.room(1);
    this.bytes.writeInt8(value, this.at);
    this.at += 1;
    return this;
  }

  bool(value: boolean): this {
    return this.i8(value ? 1 : 0);
  }

  i16(value: number): this {
    this.room(2);
    this.bytes.writeInt16BE(value, this.at);
    this.at += 2;
    return this;
  }

  i32(value: number): this {
    this.room(4);
    this.bytes.writeInt32BE(value, this.at);
    this.at += 4;
    return this;
  }

  i64(value: number | bigint): this {
    this.room(8);
    this.bytes.writeBigInt64BE(BigInt(value), this.at);
    this.at += 8;
    return this;
  }

  uvarint(value: number): this {
    this.room(5);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at++] = rest;
    return this;
  }

  /** The non-compact string of request headers: length i16, then UTF-8. */
  string(value: string): this {
    const length = Buffer.byteLength(value);
    return this.i16(length).utf8(value, length);
  }

  compactString(value: string): this {
    const length = Buffer.byteLength(value);
    return this.uvarint(length + 1).utf8(value, length);
  }

  compactNullableString(value: string | null): this {
    return value === null ? this.uvarint(0) : this.compactString(value);
  }

  compactArray<T>(values: readonly T[], element: (writer: this, value: T) => void): this {
    this.uvarint(values.length + 1);
    for (const value of values) element(this, value);
    return this;
  }

  compactNullableArray<T>(values: readonly T[] | null, element: (writer: this, value: T) => void): this {
    return values === null ? this.uvarint(0) : this.compactArray(values, element);
  }

  /** No tagged fields. */
  noTags(): this {
    return this.uvarint(0);
  }

  /** Puts a number into four bytes already written. */
  i32At(position: number, value: number): void {
    this.bytes.writeInt32BE(value, position);
  }

  /** What was written, as a view of the writer's own Buffer. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  private utf8(value: string, length: number): this {
    this.room(length);
    this.bytes.write(value, this.at, length, 'utf8');
    this.at += length;
    return this;
  }

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

/**
 * Canonical bytes: little endian whatever the machine, every length before its values.
 *
 * ```
 * u8, u32, f64    as they are
 * f64s, u32s      values only; the reader knows how many
 * text            u32 length in bytes, UTF-8
 * bytes           u32 length, bytes
 * ```
 */
export class ByteWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  u8(value: number): this {
    const start = this.room(1);
    this.view.setUint8(start, value);
    return this;
  }

  u32(value: number): this {
    const start = this.room(4);
    this.view.setUint32(start, value, true);
    return this;
  }

  f64(value: number): this {
    const start = this.room(8);
    this.view.setFloat64(start, value, true);
    return this;
  }

  u32s(values: ArrayLike<number>, count = values.length): this {
    const start = this.room(4 * count);
    for (let i = 0; i < count; i++) this.view.setUint32(start + 4 * i, values[i], true);
    return this;
  }

  f64s(values: ArrayLike<number>, count = values.length): this {
    const start = this.room(8 * count);
    for (let i = 0; i < count; i++) this.view.setFloat64(start + 8 * i, values[i], true);
    return this;
  }

  text(value: string): this {
    return this.block(encoder.encode(value));
  }

  block(value: Uint8Array): this {
    this.u32(value.length);
    const start = this.room(value.length);
    this.bytes.set(value, start);
    return this;
  }

  /** What was written so far, as a copy. */
  toBuffer(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }

  private room(size: number): number {
    const start = this.length;
    this.length += size;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }
}

const encoder = new TextEncoder();

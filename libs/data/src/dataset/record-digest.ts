import { createHash } from 'node:crypto';

const HEAD_BYTES = 16;
const BUFFER_BYTES = 1_048_576;

/**
 * The digest of a data set: SHA-256 over its records in order of partition, then offset, each as
 *
 *   0           4                    12           16
 *   +-----------+--------------------+------------+----------- - -
 *   | partition | offset             | length     | value
 *   | int32 BE  | int64 BE           | int32 BE   | `length` bytes, as on the topic (frame included)
 *   +-----------+--------------------+------------+----------- - -
 *
 * So it names what was taken and where it stood, and is independent of how the rows are stored.
 * A value is never null here: a record without one cannot be accepted.
 */
export class RecordDigest {
  private readonly hash = createHash('sha256');
  // Many small updates cost a call into native code each.
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private used = 0;
  private partition = -1;
  private offset = -1;

  /** @throws Error when the record does not come after the one before: the digest would depend on the order of reading. */
  add(partition: number, offset: number, value: Uint8Array): void {
    if (partition < this.partition || (partition === this.partition && offset <= this.offset)) {
      throw new Error(
        `Record ${partition}/${offset} follows ${this.partition}/${this.offset}: records must come in order of partition and offset.`,
      );
    }
    this.partition = partition;
    this.offset = offset;
    if (this.used + HEAD_BYTES + value.length > BUFFER_BYTES) this.flush();
    this.used = this.buffer.writeInt32BE(partition, this.used);
    this.used = this.buffer.writeInt32BE(Math.floor(offset / 2 ** 32), this.used);
    this.used = this.buffer.writeUInt32BE(offset % 2 ** 32, this.used);
    this.used = this.buffer.writeInt32BE(value.length, this.used);
    if (HEAD_BYTES + value.length > BUFFER_BYTES) {
      this.flush();
      this.hash.update(value);
      return;
    }
    this.buffer.set(value, this.used);
    this.used += value.length;
  }

  /** Lowercase hex. Nothing can be added after it. */
  hex(): string {
    this.flush();
    return this.hash.digest('hex');
  }

  private flush(): void {
    this.hash.update(this.buffer.subarray(0, this.used));
    this.used = 0;
  }
}

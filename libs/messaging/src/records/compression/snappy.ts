import { uncompress } from 'snappyjs';

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

/**
 * Snappy, in the framing of xerial's snappy-java (which the Java client and the broker write) or raw (librdkafka may):
 *
 * ```
 * xerial = magic 82 'SNAPPY' 00 | version i32 | compatible version i32 | [block length i32 | raw snappy block]
 * raw    = uncompressed length uvarint | elements       (https://github.com/google/snappy/blob/main/format_description.txt)
 * ```
 */
export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return rawSnappy(bytes, maxBytes);
  if (bytes.length < XERIAL_HEADER_BYTES) throw new RangeError('the snappy header is cut');
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    if (bytes.length - at < 4) throw new RangeError('a snappy block length is cut');
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || length > bytes.length - at)
      throw new RangeError(`a snappy block of ${length} bytes in ${bytes.length - at}`);
    const block = rawSnappy(bytes.subarray(at, at + length), maxBytes - total);
    total += block.length;
    blocks.push(block);
    at += length;
  }
  return blocks.length === 1 ? blocks[0] : Buffer.concat(blocks, total);
}

function rawSnappy(bytes: Buffer, maxBytes: number): Buffer {
  const announced = announcedLength(bytes);
  if (announced > maxBytes) throw new RangeError(`${announced} bytes announced, at most ${maxBytes} accepted`);
  // An element of two bytes makes at most 64: more cannot come out, so it is not allocated.
  if (announced > bytes.length * 64) throw new RangeError(`${announced} bytes announced by ${bytes.length}`);
  return uncompress(bytes, maxBytes);
}

function announcedLength(bytes: Buffer): number {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (i >= bytes.length) throw new RangeError('the snappy length is cut');
    value += (bytes[i] & 0x7f) * 2 ** (7 * i);
    if (bytes[i] < 0x80) return value;
  }
  throw new RangeError('the snappy length is longer than five bytes');
}

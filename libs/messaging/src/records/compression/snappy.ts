import { BoundedOutput } from './bounded-output';

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;
const LITERAL = 0;
const COPY_1_BYTE_OFFSET = 1;
const COPY_2_BYTE_OFFSET = 2;

/**
 * Snappy, in the framing of xerial's snappy-java (which the Java client and the broker write) or raw (librdkafka may write it):
 *
 * ```
 * xerial  = magic 82 'SNAPPY' 00 | version i32 | compatible version i32 | [block length i32 | raw snappy]
 * raw     = uncompressed length uvarint | element*
 * element = tag u8 (bits 0-1: type) | literal: length - 1 in bits 2-7, or in the 1-4 bytes that 60-63 announce | bytes
 *                                   | copy 1: length - 4 in bits 2-4, offset in bits 5-7 and one byte
 *                                   | copy 2, copy 4: length - 1 in bits 2-7, offset in two or four bytes
 * ```
 * (https://github.com/google/snappy/blob/main/format_description.txt; little-endian.) Decoded here, because the decoder of the
 * package snappyjs loops for 13 s over a literal of 40 bytes that announces 2 GiB.
 */
export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(maxBytes, bytes.length * 3);
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    decodeRaw(bytes, 0, bytes.length, output);
    return output.finish();
  }
  if (bytes.length < XERIAL_HEADER_BYTES) throw new RangeError('the snappy header is cut');
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
    if (bytes.length - at < 4) throw new RangeError('a snappy block length is cut');
    const end = at + 4 + bytes.readInt32BE(at);
    if (end < at + 4 || end > bytes.length)
      throw new RangeError(`a snappy block that ends at ${end} of ${bytes.length}`);
    decodeRaw(bytes, at + 4, end, output);
    at = end;
  }
  return output.finish();
}

function decodeRaw(bytes: Buffer, start: number, end: number, output: BoundedOutput): void {
  const [announced, first] = announcedLength(bytes, start, end);
  const from = output.byteLength;
  for (let at = first; at < end; ) {
    const tag = bytes[at++];
    const type = tag & 3;
    if (type === LITERAL) {
      const [length, dataAt] = literalLength(bytes, tag, at, end);
      if (length > end - dataAt) throw new RangeError(`a snappy literal of ${length} bytes in ${end - dataAt}`);
      output.append(bytes, dataAt, dataAt + length);
      at = dataAt + length;
      continue;
    }
    const offsetBytes = type === COPY_1_BYTE_OFFSET ? 1 : type === COPY_2_BYTE_OFFSET ? 2 : 4;
    if (end - at < offsetBytes) throw new RangeError('a snappy copy is cut');
    const low = bytes.readUIntLE(at, offsetBytes);
    at += offsetBytes;
    if (type === COPY_1_BYTE_OFFSET) output.repeat(low + ((tag >> 5) << 8), ((tag >> 2) & 7) + 4);
    else output.repeat(low, (tag >> 2) + 1);
  }
  const made = output.byteLength - from;
  if (made !== announced) throw new RangeError(`${announced} bytes announced, ${made} came out`);
}

function literalLength(bytes: Buffer, tag: number, at: number, end: number): [length: number, dataAt: number] {
  const short = tag >> 2;
  if (short < 60) return [short + 1, at];
  const lengthBytes = short - 59;
  if (end - at < lengthBytes) throw new RangeError('a snappy literal length is cut');
  return [bytes.readUIntLE(at, lengthBytes) + 1, at + lengthBytes];
}

function announcedLength(bytes: Buffer, start: number, end: number): [length: number, at: number] {
  let value = 0;
  for (let i = 0; i < 5 && start + i < end; i++) {
    const byte = bytes[start + i];
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, start + i + 1];
  }
  throw new RangeError('the snappy length does not end');
}

import { decompress as nativeDecompress } from '@mongodb-js/zstd';

/**
 * Zstandard (RFC 8878). The native decoder knows no bound, so the frames are walked first, without decoding, for the most that
 * can come out: raw and RLE blocks say their size, a compressed one makes at most 128 KiB or the window.
 *
 * ```
 * frame = magic 28 B5 2F FD | descriptor u8 | window u8? | dictionary id 0-4 | content size 0-8 | [block] | checksum u32?
 * block = header u24 (bit 0 last, bits 1-2 type: raw, RLE, compressed, reserved; bits 3-23 size) | content
 * skippable frame = magic 5? 2A 4D 18 | size u32 | content
 * ```
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** Larger windows than the decoder would accept by itself are refused before it is called (RFC 8878 wants 8 MiB supported). */
const MAX_WINDOW_BYTES = 64 * 1024 * 1024;

export async function decompressZstd(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const bound = zstdSizeBound(bytes, maxBytes);
  if (bound > maxBytes) throw new RangeError(`up to ${bound} bytes may come out, at most ${maxBytes} accepted`);
  return nativeDecompress(bytes);
}

/** The most bytes that the frames can make, counted no further than just past `stopAt`. */
export function zstdSizeBound(bytes: Buffer, stopAt: number): number {
  let total = 0;
  for (let at = 0; at < bytes.length && total <= stopAt; ) {
    const magic = u32(bytes, at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + u32(bytes, at + 4);
      if (at > bytes.length) throw new RangeError('a skippable zstd frame is cut');
      continue;
    }
    if (magic !== MAGIC) throw new RangeError('no zstd frame');
    const frame = walkFrame(bytes, at + 4, stopAt - total);
    total += frame.bound;
    at = frame.end;
  }
  return total;
}

function walkFrame(bytes: Buffer, start: number, stopAt: number): { bound: number; end: number } {
  const header = frameHeader(bytes, start);
  // The decoder may allocate what the header announces, so an announcement beyond the bound counts as if it came true.
  if (header.contentSize !== null && header.contentSize > stopAt)
    return { bound: header.contentSize, end: bytes.length };
  let at = header.end;
  let bound = 0;
  for (;;) {
    if (at + 3 > bytes.length) throw new RangeError('a zstd block is cut');
    const block = bytes.readUIntLE(at, 3);
    const type = (block >> 1) & 3;
    const size = block >> 3;
    if (type === 3) throw new RangeError('a zstd block of the reserved type');
    if (size > header.maxBlock) throw new RangeError(`a zstd block of ${size} bytes`);
    at += 3 + (type === 1 ? 1 : size);
    if (at > bytes.length) throw new RangeError('a zstd block is cut');
    bound += type === 2 ? header.maxBlock : size;
    if (header.contentSize !== null) bound = Math.min(bound, header.contentSize);
    if ((block & 1) === 1 || bound > stopAt) return { bound, end: at + header.checksumBytes };
  }
}

function frameHeader(bytes: Buffer, start: number) {
  if (start >= bytes.length) throw new RangeError('the zstd header is cut');
  const descriptor = bytes[start];
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6];
  let at = start + 1;
  const end = at + (single ? 0 : 1) + dictionaryBytes + sizeBytes;
  if (end > bytes.length) throw new RangeError('the zstd header is cut');
  const windowDescriptor = single ? 0 : bytes[at++];
  at += dictionaryBytes;
  const contentSize = sizeBytes === 0 ? null : contentSizeOf(bytes, at, sizeBytes);
  const windowBase = 2 ** (10 + (windowDescriptor >> 3));
  const window = single ? (contentSize ?? 0) : windowBase + (windowBase / 8) * (windowDescriptor & 7);
  if (!single && window > MAX_WINDOW_BYTES) throw new RangeError(`a zstd window of ${window} bytes`);
  return {
    end,
    contentSize,
    maxBlock: Math.min(MAX_BLOCK_BYTES, window),
    checksumBytes: (descriptor & 4) !== 0 ? 4 : 0,
  };
}

function contentSizeOf(bytes: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 1) return bytes[at];
  if (sizeBytes === 2) return bytes.readUInt16LE(at) + 256;
  if (sizeBytes === 4) return bytes.readUInt32LE(at);
  return Number(bytes.readBigUInt64LE(at));
}

function u32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new RangeError('the zstd header is cut');
  return bytes.readUInt32LE(at);
}

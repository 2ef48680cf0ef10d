import { BoundedOutput } from './bounded-output';

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), decoded here because a hostile frame must not make
 * us allocate more than the bound, and a native decoder would run it to its end first:
 *
 * ```
 * frame = magic 04 22 4D 18 | FLG u8 | BD u8 | content size u64? | dictionary id u32? | header checksum u8
 *       | [block size u32 (bit 31: stored) | block | block checksum u32?] | 0 u32 | content checksum u32?
 * FLG   = version 2 bits (01) | block independent | block checksum | content size | content checksum | - | dictionary id
 * block = [token u8 (literals:4, match:4) | literal length u8* | literals | match offset u16 | match length u8*]
 * ```
 * Checksums are not verified: the CRC-32C of the record batch covers the same bytes.
 */
const MAGIC = 0x184d2204;

export function decompressLz4(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = bytes[4];
  if (flags >> 6 !== 1) throw new RangeError(`LZ4 frame version ${flags >> 6}`);
  if (flags & 0x01) throw new RangeError('LZ4 dictionaries are not supported');
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + 1;
  const output = new BoundedOutput(maxBytes, bytes.length * 3);
  for (;;) {
    if (at + 4 > bytes.length) throw new RangeError('the LZ4 frame is cut');
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) return output.finish();
    const stored = size >= 0x8000_0000;
    const length = size & 0x7fff_ffff;
    if (length > bytes.length - at) throw new RangeError(`an LZ4 block of ${length} bytes in ${bytes.length - at}`);
    if (stored) output.append(bytes, at, at + length);
    else decodeBlock(bytes, at, at + length, output);
    at += length + blockChecksum;
  }
}

function decodeBlock(bytes: Buffer, start: number, end: number, output: BoundedOutput): void {
  let at = start;
  while (at < end) {
    const token = bytes[at++];
    let literals = token >> 4;
    if (literals === 15) [literals, at] = extendLength(bytes, at, end, literals);
    if (literals > end - at) throw new RangeError('LZ4 literals beyond the block');
    output.append(bytes, at, at + literals);
    at += literals;
    if (at === end) return; // the last sequence has no match
    if (end - at < 2) throw new RangeError('an LZ4 match is cut');
    const distance = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) [length, at] = extendLength(bytes, at, end, length);
    output.repeat(distance, length + 4);
  }
}

function extendLength(bytes: Buffer, start: number, end: number, base: number): [length: number, at: number] {
  let length = base;
  for (let at = start; at < end; at++) {
    length += bytes[at];
    if (bytes[at] !== 255) return [length, at + 1];
  }
  throw new RangeError('an LZ4 length is cut');
}

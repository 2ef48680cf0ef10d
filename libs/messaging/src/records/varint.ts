/**
 * Zigzag varints of record batches, as in Protocol Buffers: 7 bits a byte, lowest first; n >= 0 is 2n, n < 0 is -2n - 1.
 * A varint is a 32-bit integer of at most 5 bytes, a varlong a 64-bit one of at most 10.
 */

/** Bytes that a 32-bit integer takes as a varint. */
export function varintSize(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  if (zigzag < 0x1000_0000) return 4;
  return 5;
}

/** Bytes that an integer exact as a number takes as a varlong. */
export function varlongSize(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintSize(value);
  let zigzag = zigzagOf(value);
  let size = 1;
  while (zigzag >= 0x80) {
    zigzag = Math.floor(zigzag / 0x80);
    size++;
  }
  return size;
}

/** Writes and returns the position after it. */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  let next = at;
  while (zigzag >= 0x80) {
    bytes[next++] = (zigzag & 0x7f) | 0x80;
    zigzag >>>= 7;
  }
  bytes[next++] = zigzag;
  return next;
}

/** Writes and returns the position after it. `value` must be a safe integer of at most 52 bits. */
export function writeVarlong(bytes: Buffer, at: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return writeVarint(bytes, at, value);
  let zigzag = zigzagOf(value);
  let next = at;
  while (zigzag >= 0x80) {
    bytes[next++] = (zigzag % 0x80) | 0x80;
    zigzag = Math.floor(zigzag / 0x80);
  }
  bytes[next++] = zigzag;
  return next;
}

function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

import { varintSize, varlongSize, writeVarint, writeVarlong } from './varint';

/** Zigzag varint by BigInt, the slow and obvious way. */
function reference(value: bigint): Buffer {
  let zigzag = value >= 0n ? value * 2n : -value * 2n - 1n;
  const bytes: number[] = [];
  do {
    bytes.push(Number(zigzag & 0x7fn) | (zigzag >= 0x80n ? 0x80 : 0));
    zigzag >>= 7n;
  } while (zigzag > 0n);
  return Buffer.from(bytes);
}

const edges = Array.from({ length: 52 }, (_, bit) => [2 ** bit - 1, 2 ** bit, -(2 ** bit), -(2 ** bit) - 1]).flat();

describe('messaging/records/varint', () => {
  it('writes 32-bit integers as their zigzag varint, in as many bytes as it says', () => {
    for (const value of edges.filter((edge) => edge === (edge | 0))) {
      const bytes = Buffer.alloc(10);
      const end = writeVarint(bytes, 0, value);
      expect(bytes.subarray(0, end)).toEqual(reference(BigInt(value)));
      expect(varintSize(value)).toBe(end);
    }
  });

  it('writes integers of up to 52 bits as their zigzag varlong, in as many bytes as it says', () => {
    for (const value of edges) {
      const bytes = Buffer.alloc(10);
      const end = writeVarlong(bytes, 0, value);
      expect(bytes.subarray(0, end)).toEqual(reference(BigInt(value)));
      expect(varlongSize(value)).toBe(end);
    }
  });
});

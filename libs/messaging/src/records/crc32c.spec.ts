import { randomOf } from '../../fuzz/random.cjs';
import { crc32c } from './crc32c';

/** One byte a step through one table, the way every text book has it. */
function bytewise(bytes: Uint8Array): number {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc >>> 0;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

describe('messaging/records/crc32c', () => {
  it.each<[string, Uint8Array, number]>([
    ['"123456789" (the check value of the CRC catalogue)', Buffer.from('123456789'), 0xe3069283],
    ['32 zero bytes (RFC 3720 B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones (RFC 3720 B.4)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 rising bytes (RFC 3720 B.4)', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 falling bytes (RFC 3720 B.4)', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [
      'an iSCSI SCSI Read (10) PDU (RFC 3720 B.4)',
      Buffer.from(
        '01c00000000000000000000000000000140000000000040000000014000000182800000000000000 0200000000000000'.replace(
          ' ',
          '',
        ),
        'hex',
      ),
      0xd9963a56,
    ],
    ['nothing', new Uint8Array(0), 0],
  ])('gives the published value for %s', (_name, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('agrees with a bytewise table on every length from 0 to 300 and on random slices', () => {
    const random = randomOf(7);
    const bytes = Buffer.from(Array.from({ length: 4_096 }, () => random.below(256)));
    for (let length = 0; length <= 300; length++)
      expect(crc32c(bytes, 0, length)).toBe(bytewise(bytes.subarray(0, length)));
    for (let i = 0; i < 200; i++) {
      const start = random.below(4_000);
      const end = start + random.below(4_096 - start);
      expect(crc32c(bytes, start, end)).toBe(bytewise(bytes.subarray(start, end)));
    }
  });
});

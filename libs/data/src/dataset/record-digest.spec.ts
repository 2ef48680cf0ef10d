import { createHash } from 'node:crypto';
import { RecordDigest } from './record-digest';

/** The definition, written out again and slowly. */
function reference(records: readonly [number, number, Buffer][]): string {
  const hash = createHash('sha256');
  for (const [partition, offset, value] of records) {
    const head = Buffer.alloc(16);
    head.writeInt32BE(partition, 0);
    head.writeBigInt64BE(BigInt(offset), 4);
    head.writeInt32BE(value.length, 12);
    hash.update(head).update(value);
  }
  return hash.digest('hex');
}

function digestOf(records: readonly [number, number, Buffer][]): string {
  const digest = new RecordDigest();
  for (const record of records) digest.add(...record);
  return digest.hex();
}

describe('data > dataset > RecordDigest', () => {
  it('is the SHA-256 of the bytes drawn above it', () => {
    const bytes = '00000001' + '0000000000000002' + '00000003' + '616263';
    const expected = createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');
    expect(digestOf([[1, 2, Buffer.from('abc')]])).toBe(expected);
  });

  it.each([0, 1, 1_048_560, 1_048_561, 3_000_000])('agrees with the definition for values of %i bytes', (size) => {
    const records: [number, number, Buffer][] = [
      [0, 0, Buffer.alloc(10, 1)],
      [0, 2 ** 32 + 5, Buffer.alloc(size, 2)],
      [3, 0, Buffer.alloc(size, 3)],
      [3, 2 ** 52, Buffer.alloc(7, 4)],
    ];
    expect(digestOf(records)).toBe(reference(records));
  });

  it.each([
    ['twice the same', 0, 0],
    ['backwards', 0, -1],
  ])('refuses a record that comes %s', (_, partition, step) => {
    const digest = new RecordDigest();
    digest.add(partition, 5, Buffer.alloc(1));
    expect(() => digest.add(partition, 5 + step, Buffer.alloc(1))).toThrow(/in order/);
  });
});

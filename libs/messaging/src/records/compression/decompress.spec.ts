import { gzipSync } from 'node:zlib';
import { compress as zstdCompress } from '@mongodb-js/zstd';
import { compressFrameSync } from 'lz4-napi';
import { randomOf } from '../../../fuzz/random.cjs';
import { decompress } from './decompress';
import { zstdSizeBound } from './zstd';

// The package has no types, and a decoder that hangs on hostile bytes; its compressor is another implementation to test with.
const { compress: snappyCompress } = jest.requireActual<{ compress(bytes: Buffer): Buffer }>('snappyjs');

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];
const random = randomOf(3);
const samples: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  text: Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(400)),
  'one byte repeated': Buffer.alloc(300_000, 0x61),
  noise: Buffer.from(Array.from({ length: 70_000 }, () => random.below(256))),
};

/** snappy-java's framing: 32 KiB blocks behind a header of 16 bytes. */
function xerial(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex')];
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = snappyCompress(bytes.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

const encoders: [name: string, codec: number, encode: (bytes: Buffer) => Buffer | Promise<Buffer>][] = [
  ['gzip', GZIP, gzipSync],
  ['snappy, framed by xerial', SNAPPY, xerial],
  ['snappy, raw', SNAPPY, (bytes) => Buffer.from(snappyCompress(bytes))],
  ['lz4', LZ4, (bytes) => compressFrameSync(bytes)],
  ['lz4 with checksums', LZ4, (bytes) => compressFrameSync(bytes, { contentChecksum: true, blockChecksums: true })],
  ['zstd', ZSTD, (bytes) => zstdCompress(bytes)],
];

describe('messaging/records/compression/decompress', () => {
  describe.each(encoders)('%s', (_name, codec, encode) => {
    it.each(Object.entries(samples))('gives back %s', async (_sample, bytes) => {
      expect((await decompress(codec, await encode(bytes), 1_000_000)).equals(bytes)).toBe(true);
    });

    it('makes exactly as much as is allowed, and not one byte more', async () => {
      const bytes = samples['one byte repeated'];
      const packed = await encode(bytes);
      expect((await decompress(codec, packed, 1_000_000)).length).toBe(300_000);
      await expect(decompress(codec, packed, 299_999)).rejects.toMatchObject({
        code: 'KAFKA_UNREADABLE_BATCH',
        retriable: false,
      });
    });

    it('refuses what is cut, at every length', async () => {
      const packed = await encode(Buffer.from('abcabcabcabcabc'.repeat(20)));
      for (let length = 0; length < packed.length; length++) {
        const outcome = await decompress(codec, packed.subarray(0, length), 10_000).then(
          (bytes) => bytes.length,
          (error) => error.code,
        );
        // A frame may be whole without its last checksum, which the batch's own covers.
        if (outcome !== 300) expect(['KAFKA_UNREADABLE_BATCH', 0]).toContain(outcome);
      }
    });
  });

  it('refuses an unknown codec', async () => {
    await expect(decompress(7, Buffer.from([1]))).rejects.toMatchObject({ code: 'KAFKA_UNREADABLE_BATCH' });
  });

  it.each<[string, number, string]>([
    ['snappy: 4 GiB announced', SNAPPY, 'ffffffff0f00'],
    ['snappy: a literal of 2 GiB (13 s in snappyjs)', SNAPPY, '40fcd6a1b3b9e4da8a3c'],
    ['snappy: a copy from before the start', SNAPPY, '0801ff'],
    ['snappy: a block longer than the rest', SNAPPY, '82534e4150505900000000010000000100ffffff'],
    ['snappy: a block of negative length', SNAPPY, '82534e41505059000000000100000001ffffffff'],
    ['lz4: no frame', LZ4, '00000000000000'],
    ['lz4: a block longer than the rest', LZ4, '04224d1860408200ffff00'],
    ['lz4: a match before the start', LZ4, '04224d186040820400000010610200ffff'],
    ['zstd: no frame', ZSTD, '00000000'],
    ['zstd: a reserved block', ZSTD, '28b52ffd0058070000'],
    ['zstd: 2^60 bytes announced', ZSTD, '28b52ffde00000000000000010010000'],
    ['zstd: a window of 2 TiB', ZSTD, '28b52ffd00f8010000'],
  ])('refuses %s at once', async (_name, codec, hex) => {
    const startedAt = performance.now();
    await expect(decompress(codec, Buffer.from(hex, 'hex'))).rejects.toMatchObject({ code: 'KAFKA_UNREADABLE_BATCH' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('zstd: bounds what a bomb of RLE blocks makes without decoding it', () => {
    const block = Buffer.from([0x02, 0x00, 0x10, 0x61]); // RLE, 128 KiB
    const bomb = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), ...Array.from({ length: 1_000 }, () => block)]);
    expect(zstdSizeBound(bomb, 1_000_000)).toBeGreaterThan(1_000_000);
  });

  it('gzip: a bomb stops at the bound', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await expect(decompress(GZIP, bomb, 1_000_000)).rejects.toMatchObject({ code: 'KAFKA_UNREADABLE_BATCH' });
  });
});

import { randomOf } from '../../fuzz/random.cjs';
import { crc32c } from './crc32c';
import { BATCH, type RecordBatchBytes } from './record-batch-bytes';
import { RecordBatchWriter, type RecordHeader, recordSizeBound, sealBatch } from './record-batch-writer';
import type { RecordCursor } from './record-cursor';
import { scanBatches } from './scan-batches';

const NOW = 1_700_000_000_000;
const STAMP = { producerId: 7n, producerEpoch: 3, baseSequence: 40, transactional: true };

function sealed(write: (writer: RecordBatchWriter) => void, baseOffset = 0): Buffer {
  const writer = new RecordBatchWriter(16);
  write(writer);
  const batch = writer.finish();
  sealBatch(batch, STAMP);
  const bytes = Buffer.from(batch.buffer.subarray(batch.start, batch.end));
  bytes.writeBigInt64BE(BigInt(baseOffset), BATCH.BASE_OFFSET); // what the broker does; outside of the checksum
  return bytes;
}

/** Changes bytes behind the checksum and makes it right again. */
function forged(bytes: Buffer, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  copy.writeUInt32BE(crc32c(copy, BATCH.ATTRIBUTES), BATCH.CRC);
  return copy;
}

async function cursorOf(bytes: Buffer, fetchOffset = 0): Promise<RecordCursor> {
  return (await scanBatches('t', 0, fetchOffset, bytes, [])).cursor;
}

async function drain(bytes: Buffer, fetchOffset = 0): Promise<number[]> {
  const cursor = await cursorOf(bytes, fetchOffset);
  const offsets: number[] = [];
  while (cursor.next()) offsets.push(cursor.offset);
  return offsets;
}

/** Bytes as text: Jest compares long Buffers one element at a time. */
function plain(key: Buffer | null, value: Buffer | null, headers: readonly RecordHeader[]) {
  const text = (bytes: Buffer | string | null) => (Buffer.isBuffer(bytes) ? bytes.toString('latin1') : bytes);
  return { key: text(key), value: text(value), headers: headers.map(([name, bytes]) => [name, text(bytes)]) };
}

const three = sealed((writer) => {
  for (let i = 0; i < 3; i++) writer.add(NOW + i, Buffer.from(`k${i}`), Buffer.from(`v${i}`), [['h', `${i}`]]);
});

describe('messaging/records/record-batch', () => {
  it('reads back what was written, over many random batches', async () => {
    const random = randomOf(11);
    const blob = (): Buffer | null => {
      const length = random.below(5) === 0 ? -1 : random.below(4) === 0 ? random.below(20_000) : random.below(100);
      return length < 0 ? null : Buffer.alloc(length, random.below(256));
    };
    for (let round = 0; round < 200; round++) {
      const records = Array.from({ length: 1 + random.below(40) }, () => ({
        timestamp: NOW + Math.floor((random.next() - 0.5) * 10 ** (1 + random.below(13))),
        key: blob(),
        value: blob(),
        headers: Array.from({ length: random.below(3) }, (_, i): RecordHeader => [`Größe${i}`, blob()]),
      }));
      const bytes = sealed((writer) => {
        for (const { timestamp, key, value, headers } of records) writer.add(timestamp, key, value, headers);
        const bound = records.reduce<number>(
          (sum, { key, value, headers }) => sum + recordSizeBound(key, value, headers),
          BATCH.RECORDS,
        );
        expect(writer.byteLength).toBeLessThanOrEqual(bound);
      }, round * 1_000);
      const cursor = await cursorOf(bytes, round * 1_000);
      const read: unknown[] = [];
      while (cursor.next()) {
        const { offset, timestamp, key, value, rawHeaders } = cursor.record();
        read.push({ offset, timestamp, ...plain(key, value, rawHeaders) });
      }
      expect(read).toEqual(
        records.map(({ timestamp, key, value, headers }, i) => ({
          offset: round * 1_000 + i,
          timestamp,
          ...plain(key, value, headers),
        })),
      );
    }
  });

  it('writes slices as it writes whole Buffers', () => {
    const source = Buffer.from('..key-value..');
    const slices = sealed((writer) =>
      writer.addSlices(NOW, source, 2, 5, source, 6, 11).addSlices(NOW, null, -1, -1, source, 3, 3),
    );
    const whole = sealed((writer) =>
      writer.add(NOW, Buffer.from('key'), Buffer.from('value')).add(NOW, null, Buffer.alloc(0)),
    );
    expect(slices).toEqual(whole);
  });

  it('stamps the producer, and the same stamp gives the same bytes', () => {
    const writer = new RecordBatchWriter(16);
    const batch = writer.add(NOW, null, Buffer.from('v')).finish();
    const bytes = (of: RecordBatchBytes) => of.buffer.subarray(of.start, of.end).toString('hex');
    sealBatch(batch, STAMP);
    const first = bytes(batch);
    sealBatch(batch, { ...STAMP, producerEpoch: 4 });
    expect(bytes(batch)).not.toBe(first);
    sealBatch(batch, STAMP);
    expect(bytes(batch)).toBe(first);
    expect(batch.buffer.readBigInt64BE(batch.start + BATCH.PRODUCER_ID)).toBe(7n);
    expect(batch.buffer.readInt32BE(batch.start + BATCH.BASE_SEQUENCE)).toBe(40);
    expect(batch.buffer.readInt16BE(batch.start + BATCH.ATTRIBUTES)).toBe(0x10);
  });

  it('keeps its Buffer for the next batch, and grows it when one is larger', async () => {
    const writer = new RecordBatchWriter(16);
    const small = writer.add(NOW, null, Buffer.from('a')).finish();
    const again = writer.begin().add(NOW, null, Buffer.from('b')).finish();
    expect(again.buffer).toBe(small.buffer);
    writer.begin();
    for (let i = 0; i < 100; i++) writer.add(NOW, null, Buffer.alloc(1_000, i));
    const large = writer.finish();
    sealBatch(large, STAMP);
    expect(await drain(large.buffer.subarray(large.start, large.end))).toHaveLength(100);
  });

  it('skips the records below the fetch offset', async () => {
    expect(await drain(three, 1)).toEqual([1, 2]);
    expect(await drain(Buffer.concat([three, sealed((writer) => writer.add(NOW, null, null), 3)]), 3)).toEqual([3]);
  });

  it('views hold as long as they are held, copies do not share the response', async () => {
    const bytes = Buffer.from(three);
    const cursor = await cursorOf(bytes);
    cursor.next();
    const [view, copy] = [cursor.record(), cursor.retain()];
    cursor.next();
    expect([view.value?.toString(), copy.value?.toString(), view.headers.get('h')?.toString()]).toEqual([
      'v0',
      'v0',
      '0',
    ]);
    bytes.fill(0x5a);
    expect(view.value?.toString()).toBe('ZZ');
    expect([copy.key?.toString(), copy.value?.toString(), copy.headers.get('h')?.toString()]).toEqual([
      'k0',
      'v0',
      '0',
    ]);
  });

  it('gives the last of repeated headers, and an empty Buffer for null', async () => {
    const cursor = await cursorOf(
      sealed((writer) =>
        writer.add(NOW, null, null, [
          ['a', '1'],
          ['b', null],
          ['a', '2'],
        ]),
      ),
    );
    cursor.next();
    expect([...cursor.headers()].map(([name, value]) => [name, value.toString()])).toEqual([
      ['a', '2'],
      ['b', ''],
    ]);
  });

  it('tolerates a last batch that was cut anywhere, and asks for it again', async () => {
    const second = sealed((writer) => writer.add(NOW, null, Buffer.from('second')), 3);
    for (let length = 0; length < second.length; length++) {
      const { nextOffset } = await scanBatches('t', 0, 0, Buffer.concat([three, second.subarray(0, length)]), []);
      expect(nextOffset).toBe(3);
    }
  });

  it('refuses a wrong checksum, wherever the bit was turned', async () => {
    for (let at = BATCH.CRC; at < three.length; at++) {
      const broken = Buffer.from(three);
      broken[at] ^= 0x10;
      await expect(drain(broken)).rejects.toMatchObject({ code: 'KAFKA_CORRUPT_BATCH', retriable: true });
    }
  });

  it.each<[string, (bytes: Buffer) => void]>([
    ['a record count beyond the bytes', (bytes) => bytes.writeInt32BE(2 ** 31 - 1, BATCH.RECORD_COUNT)],
    ['a negative record count', (bytes) => bytes.writeInt32BE(-1, BATCH.RECORD_COUNT)],
    ['fewer records than bytes', (bytes) => bytes.writeInt32BE(2, BATCH.RECORD_COUNT)],
    ['more records than bytes', (bytes) => bytes.writeInt32BE(4, BATCH.RECORD_COUNT)],
    ['a negative last offset', (bytes) => bytes.writeInt32BE(-1, BATCH.LAST_OFFSET_DELTA)],
    ['an offset delta beyond the last', (bytes) => bytes.writeInt32BE(1, BATCH.LAST_OFFSET_DELTA)],
    ['a record longer than the batch', (bytes) => bytes.writeUInt8(0x7e, BATCH.RECORDS)],
    ['a record shorter than its fields', (bytes) => bytes.writeUInt8(0x02, BATCH.RECORDS)],
    ['a negative record length', (bytes) => bytes.writeUInt8(0x01, BATCH.RECORDS)],
    ['a varint that does not end', (bytes) => bytes.fill(0xff, BATCH.RECORDS, BATCH.RECORDS + 12)],
    ['a key longer than the record', (bytes) => bytes.writeUInt8(0x7e, BATCH.RECORDS + 4)],
    ['a key of length -2', (bytes) => bytes.writeUInt8(0x03, BATCH.RECORDS + 4)],
    ['a value longer than the record', (bytes) => bytes.writeUInt8(0x7e, BATCH.RECORDS + 7)],
    ['headers that do not fit', (bytes) => bytes.writeUInt8(0x7e, BATCH.RECORDS + 10)],
    ['a negative header count', (bytes) => bytes.writeUInt8(0x01, BATCH.RECORDS + 10)],
    ['no headers, and bytes', (bytes) => bytes.writeUInt8(0x00, BATCH.RECORDS + 10)],
    ['a header name of null', (bytes) => bytes.writeUInt8(0x01, BATCH.RECORDS + 11)],
    ['a header value longer than the record', (bytes) => bytes.writeUInt8(0x7e, BATCH.RECORDS + 13)],
  ])('refuses %s, though its checksum is right', async (_name, change) => {
    const read = async () => {
      const cursor = await cursorOf(forged(three, change));
      while (cursor.next()) cursor.headers();
    };
    await expect(read()).rejects.toMatchObject({ code: 'KAFKA_MALFORMED_BATCH', retriable: false });
  });

  it.each<[string, Buffer]>([
    ['the message format of before Kafka 0.11', forged(three, (bytes) => bytes.writeInt8(1, BATCH.MAGIC))],
    ['a batch shorter than its header', forged(three, (bytes) => bytes.writeInt32BE(20, BATCH.LENGTH))],
    ['offsets that go backwards', Buffer.concat([three, sealed((writer) => writer.add(NOW, null, null), 1)])],
    ['nothing but a piece of a batch', three.subarray(0, 70)],
  ])('refuses %s', async (_name, bytes) => {
    await expect(drain(bytes)).rejects.toMatchObject({ code: 'KAFKA_MALFORMED_BATCH' });
  });

  it('refuses batches that all lie before the offset asked for, instead of asking for ever', async () => {
    await expect(drain(three, 3)).rejects.toMatchObject({ code: 'KAFKA_MALFORMED_BATCH' });
  });

  it('reads times far apart, and before 1970', async () => {
    const times = [NOW, 0, -1, NOW + 2 ** 40, 2 ** 41];
    const cursor = await cursorOf(
      sealed((writer) => {
        for (const time of times) writer.add(time, null, null);
      }),
    );
    const read: number[] = [];
    while (cursor.next()) read.push(cursor.timestamp);
    expect(read).toEqual(times);
  });
});

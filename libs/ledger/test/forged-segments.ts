import * as fs from 'node:fs';
import * as path from 'node:path';
import { BATCH, crc32c, RecordBatchWriter, type RecordHeader, scanBatches, sealBatch } from '@millrace/messaging';

const CODEC = 0x07;
const CONTROL = 0x20;
const TRANSACTIONAL = 0x10;

export interface Row {
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** One batch as it lies on a disk. */
interface Batch {
  bytes: Buffer;
  /** Name of its segment file. */
  readonly file: string;
}

/**
 * The segment files of one partition, opened to be forged as somebody would who has the broker's disk: batch by batch, with what
 * follows moved to fitting offsets and every checksum mended. The files themselves are touched by `write` alone.
 */
export class ForgedSegments {
  private constructor(
    private readonly topic: string,
    private readonly batches: Batch[],
  ) {}

  static read(topic: string, folder: string): ForgedSegments {
    const batches: Batch[] = [];
    for (const file of logsIn(folder)) {
      const bytes = fs.readFileSync(path.join(folder, file));
      for (let at = 0; at + BATCH.RECORDS <= bytes.length; ) {
        const end = at + BATCH.LEADER_EPOCH + bytes.readInt32BE(at + BATCH.LENGTH);
        batches.push({ bytes: bytes.subarray(at, end), file });
        at = end;
      }
    }
    return new ForgedSegments(topic, batches);
  }

  /** Another set of files with the same bytes. */
  copy(): ForgedSegments {
    return new ForgedSegments(
      this.topic,
      this.batches.map((batch) => ({ ...batch })),
    );
  }

  /** Replaces the folder's log files. Indexes are left out: a broker makes them again. */
  write(folder: string): void {
    fs.mkdirSync(folder, { recursive: true });
    for (const file of fs.readdirSync(folder))
      if (/\.(log|index|timeindex|txnindex|snapshot)$/.test(file)) fs.rmSync(path.join(folder, file));
    const files = [...new Set(this.batches.map(({ file }) => file))];
    for (const file of files) {
      const parts = this.batches.filter((batch) => batch.file === file).map(({ bytes }) => bytes);
      fs.writeFileSync(path.join(folder, file), Buffer.concat(parts));
    }
  }

  get length(): number {
    return this.batches.length;
  }

  /** Whether a batch holds data of which no transaction can take anything away again. */
  isPlain(at: number): boolean {
    return (this.attributesOf(at) & (CONTROL | TRANSACTIONAL)) === 0;
  }

  offsetOf(at: number): number {
    return Number(this.batches[at].bytes.readBigInt64BE(BATCH.BASE_OFFSET));
  }

  /** Index of the batch that holds an offset. */
  at(offset: number): number {
    return this.batches.findLastIndex((_, at) => this.offsetOf(at) <= offset);
  }

  async rows(at: number): Promise<Row[]> {
    const { bytes } = this.batches[at];
    const { cursor } = await scanBatches(this.topic, 0, this.offsetOf(at), bytes, []);
    const rows: Row[] = [];
    while (cursor.next()) {
      const { timestamp, key, value, rawHeaders } = cursor.retain();
      rows.push({ timestamp, key, value, headers: rawHeaders });
    }
    return rows;
  }

  /** Puts other rows into a batch, under the same producer; later batches move up or down by the difference. No rows: no batch. */
  replace(at: number, rows: readonly Row[]): void {
    const { bytes: old, file } = this.batches[at];
    const moved = rows.length - (old.readInt32BE(BATCH.LAST_OFFSET_DELTA) + 1);
    if (rows.length === 0) this.batches.splice(at, 1);
    else this.batches[at] = { bytes: batchOf(old, rows), file };
    for (const batch of this.batches.slice(rows.length === 0 ? at : at + 1)) moveBy(batch, moved);
  }

  /** Cuts the log off: no record from this offset on is left. A transaction that is cut gets its marker, as it would to be believed. */
  async cut(offset: number): Promise<void> {
    const at = this.at(offset);
    const first = this.offsetOf(at);
    const rows = await this.rows(at);
    const behind = this.batches.splice(at + 1);
    if (offset <= first) behind.unshift(...this.batches.splice(at));
    else if (offset < first + rows.length) this.replace(at, rows.slice(0, offset - first));
    for (const producer of this.openProducers()) {
      const marker = behind.find((batch) => isMarker(batch) && producerOf(batch) === producer);
      if (marker === undefined) continue;
      moveBy(marker, this.end - Number(marker.bytes.readBigInt64BE(BATCH.BASE_OFFSET)));
      this.batches.push(marker);
    }
  }

  /** Offset behind the last batch. */
  private get end(): number {
    const last = this.batches.at(-1);
    return last === undefined
      ? 0
      : this.offsetOf(this.length - 1) + last.bytes.readInt32BE(BATCH.LAST_OFFSET_DELTA) + 1;
  }

  /** Those whose transaction has begun and not ended. */
  private openProducers(): Set<bigint> {
    const open = new Set<bigint>();
    this.batches.forEach((batch, at) => {
      if (isMarker(batch)) open.delete(producerOf(batch));
      else if (!this.isPlain(at)) open.add(producerOf(batch));
    });
    return open;
  }

  private attributesOf(at: number): number {
    return this.batches[at].bytes.readInt16BE(BATCH.ATTRIBUTES);
  }
}

const producerOf = ({ bytes }: Batch): bigint => bytes.readBigInt64BE(BATCH.PRODUCER_ID);
const isMarker = ({ bytes }: Batch): boolean => (bytes.readInt16BE(BATCH.ATTRIBUTES) & CONTROL) !== 0;

const logsIn = (folder: string): string[] =>
  fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .sort();

function batchOf(old: Buffer, rows: readonly Row[]): Buffer {
  const writer = new RecordBatchWriter(1_024).begin();
  for (const { timestamp, key, value, headers } of rows) writer.add(timestamp, key, value, headers);
  const written = writer.finish();
  sealBatch(written, { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false });
  const bytes = Buffer.from(written.buffer.subarray(written.start, written.end));
  old.copy(bytes, BATCH.BASE_OFFSET, BATCH.BASE_OFFSET, BATCH.LENGTH);
  old.copy(bytes, BATCH.LEADER_EPOCH, BATCH.LEADER_EPOCH, BATCH.MAGIC);
  // Producer id, epoch and sequence. Who forges has no need to compress.
  old.copy(bytes, BATCH.PRODUCER_ID, BATCH.PRODUCER_ID, BATCH.RECORD_COUNT);
  bytes.writeInt16BE(old.readInt16BE(BATCH.ATTRIBUTES) & ~CODEC, BATCH.ATTRIBUTES);
  return mend(bytes);
}

function moveBy(batch: Batch, offsets: number): void {
  if (offsets === 0) return;
  const bytes = Buffer.from(batch.bytes);
  bytes.writeBigInt64BE(bytes.readBigInt64BE(BATCH.BASE_OFFSET) + BigInt(offsets), BATCH.BASE_OFFSET);
  // The checksum begins behind the offset, so that a broker can place a batch: nothing is to be mended.
  batch.bytes = bytes;
}

function mend(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes, BATCH.ATTRIBUTES), BATCH.CRC);
  return bytes;
}

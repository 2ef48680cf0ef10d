import { type FileHandle, open, readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { BATCH, KafkaError, scanBatches, TransactionIndex, wholeBatches } from '@millrace/messaging';
import type { RecordSource, SourceCursor } from './record-source';

const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * The records in the `.log` files of one partition's folder (of a stopped broker, or a copy). Committed records only: which
 * transactions were aborted is read off the markers in the files, and nothing behind a transaction without an end is read.
 */
export class SegmentFiles implements RecordSource {
  constructor(
    readonly topic: string,
    readonly partition: number,
    /** The partition's folder. */
    private readonly folder: string,
  ) {}

  async start(): Promise<number> {
    for await (const chunk of this.chunks())
      return chunk.length < BATCH.RECORDS ? 0 : Number(chunk.readBigInt64BE(BATCH.BASE_OFFSET));
    return 0;
  }

  /** All of it: where `from` lies in the files is known only when they are read. */
  async *cursors(): AsyncGenerator<SourceCursor> {
    const { index, failure } = await this.transactions();
    for await (const chunk of this.chunks()) {
      for await (const cursor of this.cursorsOf(chunk, index)) yield stoppingAt(cursor, index.lastStableOffset);
    }
    if (failure !== undefined) throw failure;
  }

  /** All batches at once; where one cannot be read, one by one, so that those before it are still delivered. */
  private async *cursorsOf(chunk: Buffer, index: TransactionIndex): AsyncGenerator<SourceCursor> {
    if (chunk.length < BATCH.RECORDS) return;
    let whole: SourceCursor | undefined;
    try {
      whole = await this.scan(chunk, index);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
    }
    if (whole !== undefined) {
      yield whole;
      return;
    }
    for (let at = 0; at < chunk.length; ) {
      const length = Math.max(BATCH.RECORDS, BATCH.LEADER_EPOCH + chunk.readInt32BE(at + BATCH.LENGTH));
      const end = Math.min(chunk.length, at + length);
      yield await this.scan(chunk.subarray(at, end), index);
      at = end;
    }
  }

  private async scan(batches: Buffer, index: TransactionIndex): Promise<SourceCursor> {
    const from = Number(batches.readBigInt64BE(BATCH.BASE_OFFSET));
    return (await scanBatches(this.topic, this.partition, from, batches, index.abortedFrom(from))).cursor;
  }

  /** As far as the markers can be read; what lies before a broken one is still worth reading. */
  private async transactions(): Promise<{ index: TransactionIndex; failure?: unknown }> {
    const index = new TransactionIndex();
    try {
      for await (const chunk of this.chunks()) index.add(this.topic, this.partition, chunk);
      return { index };
    } catch (failure) {
      return { index, failure };
    }
  }

  /** Whole batches, a few MiB at a time; a last batch that is cut comes as it is, so that its reader refuses it. */
  private async *chunks(): AsyncGenerator<Buffer> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.log')).sort();
    for (const name of names) {
      const file = await open(path.join(this.folder, name), 'r');
      try {
        yield* chunksOf(file);
      } finally {
        await file.close();
      }
    }
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const { size } = await file.stat();
  let wanted = CHUNK_BYTES;
  for (let at = 0; at < size; ) {
    const bytes = Buffer.allocUnsafe(Math.min(wanted, size - at));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    const whole = wholeBatches(bytes.subarray(0, bytesRead));
    if (whole === 0 && at + bytesRead < size) {
      wanted *= 2;
      continue;
    }
    yield bytes.subarray(0, whole === 0 ? bytesRead : whole);
    if (whole === 0) return;
    at += whole;
    wanted = CHUNK_BYTES;
  }
}

function stoppingAt(cursor: SourceCursor, offset: number): SourceCursor {
  if (offset === Number.POSITIVE_INFINITY) return cursor;
  const next = () => cursor.next() && cursor.offset < offset;
  return new Proxy(cursor, { get: (target, name) => (name === 'next' ? next : Reflect.get(target, name)) });
}

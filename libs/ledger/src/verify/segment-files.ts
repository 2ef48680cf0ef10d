import { type FileHandle, open, readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { BATCH, scanBatches, TransactionIndex, wholeBatches } from '@millrace/messaging';
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

  async *cursors(): AsyncGenerator<SourceCursor> {
    const { index, failure } = await this.transactions();
    for await (const chunk of this.chunks()) {
      if (chunk.length < BATCH.RECORDS) continue;
      const from = Number(chunk.readBigInt64BE(BATCH.BASE_OFFSET));
      const aborted = index.abortedFrom(from);
      const { cursor } = await scanBatches(this.topic, this.partition, from, chunk, aborted);
      yield stoppingAt(cursor, index.lastStableOffset);
    }
    if (failure !== undefined) throw failure;
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

import type { RecordBatchBytes } from '../records/record-batch-bytes';
import { encodeRequestHeader, type WireApi } from './wire-api';
import { WireWriter } from './wire-writer';

export interface ProduceRequest {
  /** null outside of transactions. */
  transactionalId: string | null;
  timeoutMs: number;
  topic: string;
  partition: number;
  batch: RecordBatchBytes;
}

export interface ProduceResponse {
  throttleTimeMs: number;
  topics: {
    topic: string;
    partitions: {
      partition: number;
      errorCode: number;
      baseOffset: number;
      logAppendTimeMs: number;
      logStartOffset: number;
      /** Index within the batch and reason, for each record that was refused. */
      recordErrors: { index: number; message: string | null }[];
      errorMessage: string | null;
    }[];
  }[];
}

/**
 * Produce v12 (KIP-890; v13 wants topic ids), always acks = all, one partition a request
 * ```
 * request  = transactional id cnstring | acks i16 (-1) | timeout ms i32
 *          | [topic cstring | [partition i32 | records cbytes | tags] | tags] | tags
 * response = [topic cstring | [partition i32 | error i16 | base offset i64 | log append time i64 | log start i64
 *                              | [index i32 | message cnstring | tags] | error message cnstring
 *                              | tags (0: current leader)] | tags] | throttle ms i32 | tags (0: node endpoints)
 * ```
 */
export const produceApi: WireApi<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  version: 12,
  responseHeader: 1,
  encode() {
    throw new Error('A Produce frame is written around its record batch: use encodeProduceFrame.');
  },
  decode(reader) {
    const topics = reader.compactArray(3, (t) => {
      const topic = t.compactString();
      const partitions = t.compactArray(33, (p) => {
        const result = {
          partition: p.i32(),
          errorCode: p.i16(),
          baseOffset: p.i64(),
          logAppendTimeMs: p.i64(),
          logStartOffset: p.i64(),
          recordErrors: p.compactArray(6, (r) => {
            const refused = { index: r.i32(), message: r.compactNullableString() };
            r.tags();
            return refused;
          }),
          errorMessage: p.compactNullableString(),
        };
        p.tags();
        return result;
      });
      t.tags();
      return { topic, partitions };
    });
    const throttleTimeMs = reader.i32();
    reader.tags();
    return { throttleTimeMs, topics };
  },
};

/** Tag sections of partition, topic and request. */
const TRAILER_BYTES = 3;

/**
 * Writes the frame around the batch, right-aligned in front of it, so that the records are not copied. The batch's Buffer must
 * not be touched until the reply is here or the connection is dead. A header longer than the room in front costs one copy.
 */
export function encodeProduceFrame(request: ProduceRequest, correlationId: number, clientId: string): Buffer {
  const { batch } = request;
  const head = new WireWriter(512);
  encodeRequestHeader(head, produceApi, correlationId, clientId);
  head.compactNullableString(request.transactionalId).i16(-1).i32(request.timeoutMs);
  head.uvarint(2).compactString(request.topic).uvarint(2).i32(request.partition);
  head.uvarint(batch.end - batch.start + 1);
  const prefix = head.finish();
  prefix.writeInt32BE(prefix.length + (batch.end - batch.start) + TRAILER_BYTES - 4, 0);
  if (prefix.length <= batch.start && batch.end + TRAILER_BYTES <= batch.buffer.length) {
    prefix.copy(batch.buffer, batch.start - prefix.length);
    batch.buffer.fill(0, batch.end, batch.end + TRAILER_BYTES);
    return batch.buffer.subarray(batch.start - prefix.length, batch.end + TRAILER_BYTES);
  }
  return Buffer.concat([prefix, batch.buffer.subarray(batch.start, batch.end), Buffer.alloc(TRAILER_BYTES)]);
}

import { type Marker, markerOf } from './control-marker';
import { ATTRIBUTE_CONTROL, ATTRIBUTE_TRANSACTIONAL, BATCH } from './record-batch-bytes';

/** One batch as the log holds it, without its records. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly transactional: boolean;
  /** Of a control batch; null for data. */
  readonly marker: Marker | null;
}

/** The whole batches of a fetch in log order, committed or not; a cut one at the end is left out. */
export function batchHeaders(topic: string, partition: number, bytes: Buffer): BatchHeader[] {
  const headers: BatchHeader[] = [];
  for (let at = 0; bytes.length - at >= BATCH.RECORDS; ) {
    const end = at + BATCH.LEADER_EPOCH + bytes.readInt32BE(at + BATCH.LENGTH);
    if (end > bytes.length || end <= at) break;
    const attributes = bytes.readInt16BE(at + BATCH.ATTRIBUTES);
    const baseOffset = Number(bytes.readBigInt64BE(at + BATCH.BASE_OFFSET));
    headers.push({
      baseOffset,
      lastOffset: baseOffset + bytes.readInt32BE(at + BATCH.LAST_OFFSET_DELTA),
      producerId: bytes.readBigInt64BE(at + BATCH.PRODUCER_ID),
      producerEpoch: bytes.readInt16BE(at + BATCH.PRODUCER_EPOCH),
      transactional: (attributes & ATTRIBUTE_TRANSACTIONAL) !== 0,
      marker: (attributes & ATTRIBUTE_CONTROL) === 0 ? null : markerOf(topic, partition, bytes, at, end),
    });
    at = end;
  }
  return headers;
}

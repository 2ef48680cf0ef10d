import { malformedBatch } from './batch-errors';
import { BATCH } from './record-batch-bytes';
import { BatchCursor } from './record-cursor';

/** What a control batch says of its producer's transaction. */
export type Marker = 'commit' | 'abort';

const ABORT = 0;

/**
 * Reads the one record of the control batch at [at, end) of `bytes`: key = version i16 | type i16 (0 abort, 1 commit).
 * Control batches are never compressed.
 * @throws KafkaError KAFKA_MALFORMED_BATCH
 */
export function markerOf(topic: string, partition: number, bytes: Buffer, at: number, end: number): Marker {
  const baseOffset = Number(bytes.readBigInt64BE(at + BATCH.BASE_OFFSET));
  const control = new BatchCursor(topic, partition, baseOffset, [
    {
      bytes,
      start: at + BATCH.RECORDS,
      end,
      baseOffset,
      lastOffsetDelta: bytes.readInt32BE(at + BATCH.LAST_OFFSET_DELTA),
      baseTimestamp: 0,
      maxTimestamp: 0,
      logAppendTime: false,
      recordCount: bytes.readInt32BE(at + BATCH.RECORD_COUNT),
      codec: 0,
    },
  ]);
  control.next();
  if (control.keyEnd - control.keyStart < 4)
    throw malformedBatch(topic, partition, baseOffset, 'a control record without a type');
  return bytes.readInt16BE(control.keyStart + 2) === ABORT ? 'abort' : 'commit';
}

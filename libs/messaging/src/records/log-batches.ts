import type { AbortedTransaction } from '../wire/fetch';
import { batchHeaders } from './batch-headers';
import { BATCH } from './record-batch-bytes';

/** An aborted transaction with where it ended. */
export interface EndedTransaction extends AbortedTransaction {
  readonly markerOffset: number;
}

/**
 * What the broker tells a reader of committed records, worked out from the log itself: which transactions were aborted, and where the
 * first one that has not ended begins (the last stable offset; Infinity when all have). Feed it the chunks of a partition in order.
 */
export class TransactionIndex {
  readonly aborted: EndedTransaction[] = [];
  private readonly open = new Map<bigint, number>();

  /** @throws KafkaError KAFKA_MALFORMED_BATCH */
  add(topic: string, partition: number, batches: Buffer): void {
    for (const { baseOffset, producerId, transactional, marker } of batchHeaders(topic, partition, batches)) {
      if (marker === null) {
        if (transactional && !this.open.has(producerId)) this.open.set(producerId, baseOffset);
        continue;
      }
      const firstOffset = this.open.get(producerId);
      this.open.delete(producerId);
      if (marker === 'abort' && firstOffset !== undefined) {
        this.aborted.push({ producerId, firstOffset, markerOffset: baseOffset });
      }
    }
  }

  get lastStableOffset(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.open.values());
  }

  /** What a reader that begins at `offset` must know. */
  abortedFrom(offset: number): EndedTransaction[] {
    return this.aborted.filter(({ markerOffset }) => markerOffset >= offset);
  }
}

/** Bytes of the whole batches at the beginning of `bytes`; what follows is a batch that is cut, or none. */
export function wholeBatches(bytes: Buffer): number {
  let at = 0;
  while (bytes.length - at >= BATCH.RECORDS) {
    const length = BATCH.LEADER_EPOCH + bytes.readInt32BE(at + BATCH.LENGTH);
    const end = at + length;
    if (length < BATCH.RECORDS || end > bytes.length) break;
    at = end;
  }
  return at;
}

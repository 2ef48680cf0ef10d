import type { RecordCursor } from '@millrace/messaging';

/** Records of a partition that the live page may show. */
export const TAIL = 10;

export interface TailRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly value: Buffer | null;
}

type Place = Pick<RecordCursor, 'buffer' | 'valueStart' | 'valueEnd' | 'offset' | 'timestamp'>;

/** Remembers where the last records of a batch lie, without an object per record; copies them out in the end. */
export class TailRing {
  private readonly places: { -readonly [K in keyof Place]: Place[K] }[] = [];
  private added = 0;

  add(cursor: Place): void {
    const at = this.added++ % TAIL;
    const { buffer, valueStart, valueEnd, offset, timestamp } = cursor;
    const place = this.places[at];
    if (!place) this.places.push({ buffer, valueStart, valueEnd, offset, timestamp });
    else Object.assign(place, { buffer, valueStart, valueEnd, offset, timestamp });
  }

  /** Oldest first. Copies, because a view would keep the whole fetch response alive. */
  copies(): TailRecord[] {
    const first = this.added > TAIL ? this.added % TAIL : 0;
    const inOrder = [...this.places.slice(first), ...this.places.slice(0, first)];
    return inOrder.map(({ buffer, valueStart, valueEnd, offset, timestamp }) => ({
      offset,
      timestamp,
      value: valueStart < 0 ? null : Buffer.from(buffer.subarray(valueStart, valueEnd)),
    }));
  }
}

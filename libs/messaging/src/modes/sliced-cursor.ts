import { AppError } from '@millrace/contracts';
import type { Headers } from '../records/record-cursor';
import type { KafkaRecord, RecordCursor } from './kafka-ports';

/**
 * Deals the records of one cursor out in slices of at most so many: `next()` ends with each slice, `nextSlice()` begins the
 * following one. What stands at `end` or behind it is not dealt out.
 */
export class SlicedCursor implements RecordCursor {
  private taken = 0;
  private ended = false;
  private offered = false;
  /** The inner cursor stands on a record that the slice in hand does not hold. */
  private peeked = false;

  constructor(
    private readonly inner: RecordCursor,
    private readonly most: number,
    private readonly end = Number.POSITIVE_INFINITY,
  ) {}

  /**
   * @returns whether there is another slice; `offset` then stands on its first record.
   * @throws AppError LANE_RECORDS_LEFT when the slice before was not read to its end
   */
  nextSlice(): boolean {
    if (this.offered && !this.ended && this.taken < this.most) throw leftUnread();
    this.taken = 0;
    this.peeked = !this.ended && this.step();
    this.ended = !this.peeked;
    this.offered = this.peeked;
    return this.offered;
  }

  next(): boolean {
    if (this.taken >= this.most || this.ended) return false;
    if (this.peeked) this.peeked = false;
    else if (!this.step()) {
      this.ended = true;
      return false;
    }
    this.taken++;
    return true;
  }

  private step(): boolean {
    return this.inner.next() && this.inner.offset < this.end;
  }

  /** Records of the slice in hand so far. */
  get count(): number {
    return this.taken;
  }

  get offset(): number {
    return this.inner.offset;
  }
  get timestamp(): number {
    return this.inner.timestamp;
  }
  get keyStart(): number {
    return this.inner.keyStart;
  }
  get keyEnd(): number {
    return this.inner.keyEnd;
  }
  get valueStart(): number {
    return this.inner.valueStart;
  }
  get valueEnd(): number {
    return this.inner.valueEnd;
  }
  get headerCount(): number {
    return this.inner.headerCount;
  }
  get headersStart(): number {
    return this.inner.headersStart;
  }
  get headersEnd(): number {
    return this.inner.headersEnd;
  }
  get buffer(): Buffer {
    return this.inner.buffer;
  }
  headers(): Headers {
    return this.inner.headers();
  }
  record(): KafkaRecord {
    return this.inner.record();
  }
  retain(): KafkaRecord {
    return this.inner.retain();
  }
}

function leftUnread(): AppError {
  return new AppError({
    code: 'LANE_RECORDS_LEFT',
    message:
      'The processor of a lane returned before it had read all records it was given; those would have been lost. Read until next() is false.',
    retriable: false,
  });
}

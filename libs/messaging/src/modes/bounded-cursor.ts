import type { Headers } from '../records/record-cursor';
import type { KafkaRecord, RecordCursor } from './kafka-ports';

/** At most so many records of a cursor; the cursor itself goes on where this one ended. */
export class BoundedCursor implements RecordCursor {
  private taken = 0;
  private ended = false;

  constructor(
    private readonly inner: RecordCursor,
    private readonly most: number,
  ) {}

  next(): boolean {
    if (this.taken >= this.most) return false;
    if (!this.inner.next()) {
      this.ended = true;
      return false;
    }
    this.taken++;
    return true;
  }

  get count(): number {
    return this.taken;
  }

  /** True when the inner cursor has nothing left, as far as anybody has looked. */
  get exhausted(): boolean {
    return this.ended;
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

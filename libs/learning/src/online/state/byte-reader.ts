import { LearningError } from '../../learning-error';

/** Why a state is refused; what to do next is the same for all. */
export function damaged(why: string): LearningError {
  const cure = 'Rebuild the learner from the log, or restore an older state.';
  return new LearningError('LEARNING_STATE_DAMAGED', `The state of the learner ${why}. ${cure}`);
}

/** Reads what {@link ByteWriter} wrote. Nothing is allocated beyond the bytes that are there. */
export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  /** @param most the largest value that makes sense here. */
  u32(most: number): number {
    return this.within(this.view.getUint32(this.take(4), true), 0, most);
  }

  /** A finite number. */
  f64(least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
    return this.within(this.view.getFloat64(this.take(8), true), least, most);
  }

  f64s(into: Float64Array, count = into.length, least = -Number.MAX_VALUE, most = Number.MAX_VALUE): Float64Array {
    this.demand(8 * count);
    for (let i = 0; i < count; i++) into[i] = this.f64(least, most);
    return into;
  }

  u32s<A extends Uint32Array | Int32Array | Uint8Array>(into: A, count: number, most: number): A {
    this.demand(4 * count);
    for (let i = 0; i < count; i++) into[i] = this.u32(most);
    return into;
  }

  text(mostBytes: number): string {
    const bytes = this.block(mostBytes);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw damaged('holds a text that is not UTF-8');
    }
  }

  block(mostBytes: number): Uint8Array {
    const length = this.u32(mostBytes);
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  end(): void {
    if (this.at !== this.bytes.length) throw damaged(`has ${this.bytes.length - this.at} bytes too many`);
  }

  private within(value: number, least: number, most: number): number {
    if (!(value >= least && value <= most)) throw damaged(`holds ${value} where ${least} to ${most} belongs`);
    return value;
  }

  private demand(size: number): void {
    if (this.at + size > this.bytes.length) throw damaged('ends too early');
  }

  private take(size: number): number {
    this.demand(size);
    this.at += size;
    return this.at - size;
  }
}

/** What a decoder has made so far: grows by doubling up to a bound, and refuses to pass it. */
export class BoundedOutput {
  private buffer: Buffer;
  private length = 0;

  /** @param firstBytes to begin with: what is likely, never what foreign bytes announce */
  constructor(
    private readonly maxBytes: number,
    firstBytes: number,
  ) {
    this.buffer = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(1_024, firstBytes)));
  }

  get byteLength(): number {
    return this.length;
  }

  append(bytes: Buffer, start: number, end: number): void {
    this.room(end - start);
    bytes.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Copies `count` bytes from `distance` back; the two may overlap, which repeats a pattern. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new RangeError('a copy from before the start');
    this.room(count);
    const { buffer } = this;
    const from = this.length - distance;
    if (distance >= count) buffer.copyWithin(this.length, from, from + count);
    else for (let i = 0; i < count; i++) buffer[this.length + i] = buffer[from + i];
    this.length += count;
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private room(count: number): void {
    const wanted = this.length + count;
    if (wanted > this.maxBytes) throw new RangeError(`more than ${this.maxBytes} bytes come out`);
    if (wanted <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.maxBytes, Math.max(this.buffer.length * 2, wanted)));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

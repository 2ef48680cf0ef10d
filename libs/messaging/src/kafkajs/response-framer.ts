/** What a listener with TLS answers to one who speaks none: a record of type 21 (alert), version 3. */
const TLS_ALERT = 0x1503;

export class TlsAlert extends Error {}

/**
 * Cuts a TCP stream into response frames.
 *
 * ```
 * frame = size i32 (bytes that follow, >= 4) | correlation id i32 | payload
 * ```
 *
 * A frame inside one chunk is handed out as a view; one that spans chunks is joined once, when its last byte is here. Memory
 * grows with the bytes received, never with the length announced.
 */
export class ResponseFramer {
  private chunks: Buffer[] = [];
  private buffered = 0;
  private needed = 4;

  constructor(private readonly maxBytes: number) {}

  /**
   * The frames (without their size) that are complete with this chunk.
   * @throws RangeError for a size below 4 or beyond the bound, TlsAlert for one that is no size but an alert of TLS
   */
  push(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (this.buffered < this.needed) return [];
    const frames: Buffer[] = [];
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.buffered);
    let at = 0;
    this.needed = 4;
    while (bytes.length - at >= 4) {
      const size = bytes.readInt32BE(at);
      if (size < 4 || size > this.maxBytes) {
        if (size >>> 16 === TLS_ALERT) throw new TlsAlert();
        throw new RangeError(`a frame of ${size} bytes was announced; 4 to ${this.maxBytes} are accepted`);
      }
      if (bytes.length - at - 4 < size) {
        this.needed = 4 + size;
        break;
      }
      frames.push(bytes.subarray(at + 4, at + 4 + size));
      at += 4 + size;
    }
    this.chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.buffered = bytes.length - at;
    return frames;
  }
}

import type { PredictionResponse } from '@millrace/contracts';
import { type AvroCodec, FRAME_BYTES, writeFrame } from '@millrace/messaging';

const CHUNK_BYTES = 262_144;

/**
 * Encodes responses one behind the other into large chunks: no buffer per response, and what was encoded stays as it is
 * until the next `begin`.
 */
export class ResponseBuffer {
  private readonly chunks: Buffer[] = [Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  private current = 0;
  private at = 0;

  constructor(
    private readonly codec: AvroCodec<PredictionResponse>,
    private readonly schemaId: number,
  ) {}

  /** Forgets what was encoded: the lane's output holds copies. */
  begin(): void {
    this.current = 0;
    this.at = 0;
  }

  encode(response: PredictionResponse): Buffer {
    for (;;) {
      const chunk = this.chunks[this.current]!;
      if (this.at + FRAME_BYTES < chunk.length) {
        const end = this.codec.encodeInto(response, chunk, this.at + FRAME_BYTES);
        if (end >= 0) {
          writeFrame(chunk, this.at, this.schemaId);
          const encoded = chunk.subarray(this.at, end);
          this.at = end;
          return encoded;
        }
        if (this.at === 0) {
          // A single response that is larger than a chunk gets a chunk of its own size.
          this.chunks[this.current] = Buffer.allocUnsafeSlow(chunk.length - end + FRAME_BYTES);
          continue;
        }
      }
      this.current++;
      this.at = 0;
      if (this.current === this.chunks.length) this.chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
    }
  }
}

// One Kafka message on the wire (https://kafka.apache.org/protocol#protocol_messages):
//
//   request   size i32 | api_key i16 | api_version i16 | correlation_id i32 | client_id | ... body
//   response  size i32 | correlation_id i32 | ... body
//
// `size` counts the bytes after itself. Only these fixed fields are read here; everything else passes untouched.

/** The API keys that tests name most; any other number works too. */
export const ApiKey = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  ApiVersions: 18,
  CreateTopics: 19,
  InitProducerId: 22,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
  DescribeCluster: 60,
} as const;

/** What the proxy knows of one request; `bytes` is the whole frame, size field included. */
export interface RequestFrame {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly bytes: Buffer;
}

const SIZE_BYTES = 4;
const MIN_REQUEST_BYTES = SIZE_BYTES + 8;
/** Kafka's own default for `socket.request.max.bytes`; a larger size field means that this is no Kafka stream. */
const MAX_FRAME_BYTES = 104_857_600;

export function readRequest(bytes: Buffer): RequestFrame | null {
  if (bytes.length < MIN_REQUEST_BYTES) return null;
  return {
    apiKey: bytes.readInt16BE(4),
    apiVersion: bytes.readInt16BE(6),
    correlationId: bytes.readInt32BE(8),
    bytes,
  };
}

export function readCorrelationId(response: Buffer): number | null {
  return response.length < SIZE_BYTES + 4 ? null : response.readInt32BE(SIZE_BYTES);
}

/**
 * Cuts a byte stream into whole frames. A size field that cannot be Kafka's turns the splitter into a pass-through for
 * the rest of the stream, so that tests may send garbage through the proxy and see the broker's own answer to it.
 */
export class FrameSplitter {
  private parts: Buffer[] = [];
  private held = 0;
  private passThrough = false;

  push(chunk: Buffer): Buffer[] {
    if (this.passThrough) return [chunk];
    this.parts.push(chunk);
    this.held += chunk.length;
    return this.drain();
  }

  /** Bytes of an unfinished last frame, to be passed on when the stream ends. */
  rest(): Buffer {
    const rest = Buffer.concat(this.parts);
    this.parts = [];
    this.held = 0;
    return rest;
  }

  private drain(): Buffer[] {
    const frames: Buffer[] = [];
    for (let size = this.nextSize(); size !== null && this.held >= size; size = this.nextSize()) {
      const all = this.rest();
      frames.push(all.subarray(0, size));
      if (all.length > size) {
        this.parts = [all.subarray(size)];
        this.held = all.length - size;
      }
      if (this.passThrough) break;
    }
    return frames;
  }

  private nextSize(): number | null {
    if (this.held < SIZE_BYTES) return null;
    const head = this.parts[0].length >= SIZE_BYTES ? this.parts[0] : this.joined();
    const body = head.readInt32BE(0);
    if (body >= 0 && body <= MAX_FRAME_BYTES) return SIZE_BYTES + body;
    this.passThrough = true;
    return this.held;
  }

  private joined(): Buffer {
    this.parts = [Buffer.concat(this.parts)];
    return this.parts[0];
  }
}

/** A data batch that is to be read: its records lie at [start, end) of `bytes`. */
export interface FetchedBatch {
  bytes: Buffer;
  start: number;
  end: number;
  baseOffset: number;
  lastOffsetDelta: number;
  baseTimestamp: number;
  maxTimestamp: number;
  logAppendTime: boolean;
  recordCount: number;
  /** 0 once decompressed. */
  codec: number;
}

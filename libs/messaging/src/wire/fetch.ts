import type { WireApi } from './wire-api';

export interface FetchRequest {
  maxWaitMs: number;
  minBytes: number;
  maxBytes: number;
  /** 0 reads everything, 1 only up to the last stable offset and with the list of aborted transactions. */
  isolation: 0 | 1;
  topics: { topic: string; partitions: { partition: number; offset: number; maxBytes: number }[] }[];
}

export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: number;
}

export interface FetchPartitionResponse {
  partition: number;
  errorCode: number;
  highWatermark: number;
  lastStableOffset: number;
  logStartOffset: number;
  abortedTransactions: AbortedTransaction[];
  /** Record batches, the last one possibly cut; a view into the response. */
  records: Buffer | null;
}

export interface FetchResponse {
  throttleTimeMs: number;
  errorCode: number;
  topics: { topic: string; partitions: FetchPartitionResponse[] }[];
}

/**
 * Fetch v12 (KIP-98 isolation, KIP-227 without a session, KIP-482; v13 and later want topic ids)
 * ```
 * request  = replica id i32 (-1) | max wait ms i32 | min bytes i32 | max bytes i32 | isolation i8
 *          | session id i32 (0) | session epoch i32 (-1)
 *          | [topic cstring | [partition i32 | leader epoch i32 (-1) | offset i64 | last fetched epoch i32 (-1)
 *                              | log start i64 (-1) | max bytes i32 | tags] | tags]
 *          | forgotten [] | rack cstring | tags
 * response = throttle ms i32 | error i16 | session id i32
 *          | [topic cstring | [partition i32 | error i16 | high watermark i64 | last stable offset i64 | log start i64
 *                              | aborted [producer id i64 | first offset i64 | tags] | preferred replica i32
 *                              | records cbytes | tags] | tags] | tags
 * ```
 */
export const fetchApi: WireApi<FetchRequest, FetchResponse> = {
  key: 1,
  name: 'Fetch',
  version: 12,
  responseHeader: 1,
  encode(writer, request) {
    writer.i32(-1).i32(request.maxWaitMs).i32(request.minBytes).i32(request.maxBytes).i8(request.isolation);
    writer.i32(0).i32(-1);
    writer.compactArray(request.topics, (w, { topic, partitions }) => {
      w.compactString(topic).compactArray(partitions, (p, { partition, offset, maxBytes }) => {
        p.i32(partition).i32(-1).i64(offset).i32(-1).i64(-1).i32(maxBytes).noTags();
      });
      w.noTags();
    });
    writer
      .compactArray([], () => undefined)
      .compactString('')
      .noTags();
  },
  decode(reader) {
    const throttleTimeMs = reader.i32();
    const errorCode = reader.i16();
    reader.i32(); // session id: none was asked for
    const topics = reader.compactArray(3, (t) => {
      const topic = t.compactString();
      const partitions = t.compactArray(37, (p) => {
        const response: FetchPartitionResponse = {
          partition: p.i32(),
          errorCode: p.i16(),
          highWatermark: p.i64(),
          lastStableOffset: p.i64(),
          logStartOffset: p.i64(),
          abortedTransactions:
            p.compactNullableArray(17, (a) => {
              const aborted = { producerId: a.i64big(), firstOffset: a.i64() };
              a.tags();
              return aborted;
            }) ?? [],
          records: null,
        };
        p.i32(); // preferred read replica: we read from the leader
        response.records = p.compactNullableBytes();
        p.tags();
        return response;
      });
      t.tags();
      return { topic, partitions };
    });
    reader.tags();
    return { throttleTimeMs, errorCode, topics };
  },
};

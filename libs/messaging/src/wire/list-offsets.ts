import type { WireApi } from './wire-api';

/** Special timestamps: the end of the log (with isolation 1: the last stable offset), and its start. */
export const LATEST = -1;
export const EARLIEST = -2;

export interface ListOffsetsRequest {
  isolation: 0 | 1;
  topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
}

export interface ListOffsetsResponse {
  throttleTimeMs: number;
  /** Offset -1 where no record is as late as the timestamp asked for. */
  topics: {
    topic: string;
    partitions: { partition: number; errorCode: number; timestamp: number; offset: number }[];
  }[];
}

/**
 * ListOffsets v6 (the first flexible version)
 * ```
 * request  = replica id i32 (-1) | isolation i8
 *          | [topic cstring | [partition i32 | leader epoch i32 (-1) | timestamp i64 | tags] | tags] | tags
 * response = throttle ms i32
 *          | [topic cstring | [partition i32 | error i16 | timestamp i64 | offset i64 | leader epoch i32 | tags] | tags] | tags
 * ```
 */
export const listOffsets: WireApi<ListOffsetsRequest, ListOffsetsResponse> = {
  key: 2,
  name: 'ListOffsets',
  version: 6,
  responseHeader: 1,
  encode(writer, request) {
    writer.i32(-1).i8(request.isolation);
    writer.compactArray(request.topics, (w, { topic, partitions }) => {
      w.compactString(topic).compactArray(partitions, (p, { partition, timestamp }) => {
        p.i32(partition).i32(-1).i64(timestamp).noTags();
      });
      w.noTags();
    });
    writer.noTags();
  },
  decode(reader) {
    const throttleTimeMs = reader.i32();
    const topics = reader.compactArray(3, (t) => {
      const topic = t.compactString();
      const partitions = t.compactArray(27, (p) => {
        const result = { partition: p.i32(), errorCode: p.i16(), timestamp: p.i64(), offset: p.i64() };
        p.i32(); // leader epoch
        p.tags();
        return result;
      });
      t.tags();
      return { topic, partitions };
    });
    reader.tags();
    return { throttleTimeMs, topics };
  },
};

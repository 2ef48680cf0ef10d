import type { WireApi } from './wire-api';

export interface OffsetFetchRequest {
  group: string;
  /** null: every topic that the group has committed anything for. */
  topics: { topic: string; partitions: number[] }[] | null;
  /** true answers UNSTABLE_OFFSET_COMMIT while a transaction that holds the offset is undecided, instead of the offset before it. */
  requireStable: boolean;
}

export interface OffsetFetchResponse {
  throttleTimeMs: number;
  /** Offset -1 where nothing was committed. */
  topics: {
    topic: string;
    partitions: { partition: number; offset: number; metadata: string | null; errorCode: number }[];
  }[];
  errorCode: number;
}

/**
 * OffsetFetch v7 (KIP-447 require stable; v8 and later ask for several groups)
 * ```
 * request  = group cstring | [topic cstring | [partition i32] | tags] | require stable bool | tags
 * response = throttle ms i32
 *          | [topic cstring | [partition i32 | offset i64 | leader epoch i32 | metadata cnstring | error i16 | tags] | tags]
 *          | error i16 | tags
 * ```
 */
export const offsetFetch: WireApi<OffsetFetchRequest, OffsetFetchResponse> = {
  key: 9,
  name: 'OffsetFetch',
  version: 7,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.group);
    writer.compactNullableArray(request.topics, (w, { topic, partitions }) => {
      w.compactString(topic).compactArray(partitions, (p, partition) => p.i32(partition));
      w.noTags();
    });
    writer.bool(request.requireStable).noTags();
  },
  decode(reader) {
    const throttleTimeMs = reader.i32();
    const topics = reader.compactArray(3, (t) => {
      const topic = t.compactString();
      const partitions = t.compactArray(20, (p) => {
        const partition = p.i32();
        const offset = p.i64();
        p.i32(); // leader epoch of the commit: never set by us
        const result = { partition, offset, metadata: p.compactNullableString(), errorCode: p.i16() };
        p.tags();
        return result;
      });
      t.tags();
      return { topic, partitions };
    });
    const errorCode = reader.i16();
    reader.tags();
    return { throttleTimeMs, topics, errorCode };
  },
};

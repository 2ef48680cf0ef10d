import type { WireApi } from './wire-api';
import type { WireReader } from './wire-reader';

export interface OffsetCommitRequest {
  group: string;
  /** -1 and '' for a group that has no members. */
  generation: number;
  memberId: string;
  topics: { topic: string; partitions: { partition: number; offset: number; metadata: string | null }[] }[];
}

export interface OffsetCommitResponse {
  throttleTimeMs: number;
  topics: { topic: string; partitions: { partition: number; errorCode: number }[] }[];
}

/**
 * OffsetCommit v8 (the first flexible version)
 * ```
 * request  = group cstring | generation i32 | member cstring | group instance cnstring
 *          | [topic cstring | [partition i32 | offset i64 | leader epoch i32 (-1) | metadata cnstring | tags] | tags] | tags
 * response = throttle ms i32 | [topic cstring | [partition i32 | error i16 | tags] | tags] | tags
 * ```
 */
export const offsetCommit: WireApi<OffsetCommitRequest, OffsetCommitResponse> = {
  key: 8,
  name: 'OffsetCommit',
  version: 8,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.group).i32(request.generation).compactString(request.memberId);
    writer.compactNullableString(null);
    writer.compactArray(request.topics, (w, { topic, partitions }) => {
      w.compactString(topic).compactArray(partitions, (p, { partition, offset, metadata }) => {
        p.i32(partition).i64(offset).i32(-1).compactNullableString(metadata).noTags();
      });
      w.noTags();
    });
    writer.noTags();
  },
  decode: decodeOffsetCommitResults,
};

/** OffsetCommit v8 and TxnOffsetCommit v5 answer in the same shape. */
export function decodeOffsetCommitResults(reader: WireReader): OffsetCommitResponse {
  const throttleTimeMs = reader.i32();
  const topics = reader.compactArray(3, (t) => {
    const topic = t.compactString();
    const partitions = t.compactArray(7, (p) => {
      const result = { partition: p.i32(), errorCode: p.i16() };
      p.tags();
      return result;
    });
    t.tags();
    return { topic, partitions };
  });
  reader.tags();
  return { throttleTimeMs, topics };
}

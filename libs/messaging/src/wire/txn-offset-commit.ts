import { decodeOffsetCommitResults, type OffsetCommitResponse } from './offset-commit';
import type { WireApi } from './wire-api';

export interface TxnOffsetCommitRequest {
  transactionalId: string;
  group: string;
  producerId: bigint;
  producerEpoch: number;
  /** -1 and '' bypass the check of the group's generation. */
  generation: number;
  memberId: string;
  topics: { topic: string; partitions: { partition: number; offset: number; metadata: string | null }[] }[];
}

/**
 * TxnOffsetCommit v5 (KIP-447 generation and member, KIP-890 adds the group to the transaction by itself)
 * ```
 * request  = transactional id cstring | group cstring | producer id i64 | producer epoch i16 | generation i32
 *          | member cstring | group instance cnstring
 *          | [topic cstring | [partition i32 | offset i64 | leader epoch i32 (-1) | metadata cnstring | tags] | tags] | tags
 * response = throttle ms i32 | [topic cstring | [partition i32 | error i16 | tags] | tags] | tags
 * ```
 */
export const txnOffsetCommit: WireApi<TxnOffsetCommitRequest, OffsetCommitResponse> = {
  key: 28,
  name: 'TxnOffsetCommit',
  version: 5,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.transactionalId).compactString(request.group);
    writer.i64(request.producerId).i16(request.producerEpoch).i32(request.generation);
    writer.compactString(request.memberId).compactNullableString(null);
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

import type { WireApi } from './wire-api';

export interface AddPartitionsToTxnRequest {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  topics: { topic: string; partitions: number[] }[];
}

export interface AddPartitionsToTxnResponse {
  throttleTimeMs: number;
  results: { topic: string; partitions: { partition: number; errorCode: number }[] }[];
}

/**
 * AddPartitionsToTxn v3 (v4 and later are for brokers)
 * ```
 * request  = transactional id cstring | producer id i64 | producer epoch i16 | [topic cstring | [partition i32] | tags] | tags
 * response = throttle ms i32 | [topic cstring | [partition i32 | error i16 | tags] | tags] | tags
 * ```
 */
export const addPartitionsToTxn: WireApi<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  version: 3,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.transactionalId).i64(request.producerId).i16(request.producerEpoch);
    writer.compactArray(request.topics, (w, { topic, partitions }) => {
      w.compactString(topic).compactArray(partitions, (p, partition) => p.i32(partition));
      w.noTags();
    });
    writer.noTags();
  },
  decode(reader) {
    const throttleTimeMs = reader.i32();
    const results = reader.compactArray(3, (t) => {
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
    return { throttleTimeMs, results };
  },
};

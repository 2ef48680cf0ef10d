import type { WireApi } from './wire-api';

export interface AddOffsetsToTxnRequest {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  group: string;
}

export interface AddOffsetsToTxnResponse {
  throttleTimeMs: number;
  errorCode: number;
}

/**
 * AddOffsetsToTxn v3: makes the group's offsets partition part of the transaction without committing an offset.
 * ```
 * request  = transactional id cstring | producer id i64 | producer epoch i16 | group cstring | tags
 * response = throttle ms i32 | error i16 | tags
 * ```
 */
export const addOffsetsToTxn: WireApi<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = {
  key: 25,
  name: 'AddOffsetsToTxn',
  version: 3,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.transactionalId).i64(request.producerId).i16(request.producerEpoch);
    writer.compactString(request.group).noTags();
  },
  decode(reader) {
    const response = { throttleTimeMs: reader.i32(), errorCode: reader.i16() };
    reader.tags();
    return response;
  },
};

import type { WireApi } from './wire-api';

export interface InitProducerIdRequest {
  /** null asks for an id for idempotent writes outside of transactions. */
  transactionalId: string | null;
  transactionTimeoutMs: number;
  /** -1 and -1 fence whoever has the id; the id and epoch held so far only renew them, and are refused to a fenced owner (KIP-360). */
  producerId: bigint;
  producerEpoch: number;
}

export interface InitProducerIdResponse {
  throttleTimeMs: number;
  errorCode: number;
  producerId: bigint;
  producerEpoch: number;
}

/**
 * InitProducerId v5 (KIP-98, KIP-360, KIP-890)
 * ```
 * request  = transactional id cnstring | transaction timeout ms i32 | producer id i64 | producer epoch i16 | tags
 * response = throttle ms i32 | error i16 | producer id i64 | producer epoch i16 | tags
 * ```
 */
export const initProducerId: WireApi<InitProducerIdRequest, InitProducerIdResponse> = {
  key: 22,
  name: 'InitProducerId',
  version: 5,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactNullableString(request.transactionalId).i32(request.transactionTimeoutMs);
    writer.i64(request.producerId).i16(request.producerEpoch).noTags();
  },
  decode(reader) {
    const response = {
      throttleTimeMs: reader.i32(),
      errorCode: reader.i16(),
      producerId: reader.i64big(),
      producerEpoch: reader.i16(),
    };
    reader.tags();
    return response;
  },
};

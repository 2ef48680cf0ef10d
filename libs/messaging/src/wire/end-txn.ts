import type { WireApi } from './wire-api';

export interface EndTxnRequest {
  transactionalId: string;
  producerId: bigint;
  producerEpoch: number;
  committed: boolean;
}

export interface EndTxnResponse {
  throttleTimeMs: number;
  errorCode: number;
  /** What the next transaction has to use: the epoch is one higher, and after epoch 32766 the id is a new one. */
  producerId: bigint;
  producerEpoch: number;
}

/**
 * EndTxn v5 (KIP-890: the epoch is raised with every transaction)
 * ```
 * request  = transactional id cstring | producer id i64 | producer epoch i16 | committed bool | tags
 * response = throttle ms i32 | error i16 | producer id i64 | producer epoch i16 | tags
 * ```
 */
export const endTxn: WireApi<EndTxnRequest, EndTxnResponse> = {
  key: 26,
  name: 'EndTxn',
  version: 5,
  responseHeader: 1,
  encode(writer, request) {
    writer.compactString(request.transactionalId).i64(request.producerId).i16(request.producerEpoch);
    writer.bool(request.committed).noTags();
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

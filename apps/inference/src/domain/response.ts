import type {
  BatchRef,
  Decision,
  FeatureValue,
  PredictionRequest,
  PredictionResponse,
  ResponseStatus,
} from '@millrace/contracts';

/** Where the request stands; the response names it. */
export interface RequestPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What is the same for every response of a batch. */
export interface BatchFacts {
  readonly revision: number;
  readonly runtime: string;
  /** Milliseconds since 1970: taken once per batch, so EXPIRED is always deadline < decidedAt. */
  readonly decidedAt: number;
}

/** A response of a request that no session ran for. */
export function withoutSession(
  request: PredictionRequest,
  position: RequestPosition,
  status: Exclude<ResponseStatus, 'UNKNOWN' | 'PREDICTED'>,
  reasonCode: string,
  facts: BatchFacts,
): PredictionResponse {
  return {
    requestId: request.requestId,
    requestPartition: position.partition,
    requestOffset: position.offset,
    status,
    reasonCode,
    warnings: [],
    outputs: null,
    decision: null,
    releaseRevision: facts.revision,
    runtime: facts.runtime,
    decidedAt: facts.decidedAt,
  };
}

export function predicted(
  request: PredictionRequest,
  position: RequestPosition,
  outputs: Record<string, FeatureValue>,
  decision: Omit<Decision, 'batch'>,
  batch: BatchRef,
  warnings: readonly string[],
  facts: BatchFacts,
): PredictionResponse {
  return {
    requestId: request.requestId,
    requestPartition: position.partition,
    requestOffset: position.offset,
    status: 'PREDICTED',
    reasonCode: null,
    warnings: warnings as string[],
    outputs,
    decision: { ...decision, batch },
    releaseRevision: facts.revision,
    runtime: facts.runtime,
    decidedAt: facts.decidedAt,
  };
}

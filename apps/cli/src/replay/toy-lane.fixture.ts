import type {
  Arm,
  Expectation,
  PredictionRequest,
  PredictionResponse,
  ReleaseActivated,
  SignatureInput,
} from '@millrace/contracts';
import { compileInputCheck } from '@millrace/onnx';
import type { Joined } from './judge-response';
import { ReplayLane } from './replay-lane';
import type { Computed, Features, Predict } from './replay-models';
import { ReplayTally } from './replay-tally';
import { RouteBook } from './route-book';

export const RUNTIME = 'toy/1 cpu';

const x: SignatureInput = {
  name: 'x',
  field: 'x',
  type: 'FLOAT',
  rank: 2,
  width: 1,
  optional: false,
  closed: true,
  min: -1_000,
  max: 1_000,
  categories: null,
  meaning: '',
};

export const armOf = (version: number, digest = `d${version}`, arm = 'live', probability = 1): Arm => ({
  arm,
  model: 'toy',
  version,
  artifact: { digest, size: 1, mediaType: 'application/onnx' },
  signature: { inputs: [x], outputs: [{ name: 'y', field: 'y', type: 'FLOAT', rank: 2, width: 1, meaning: '' }] },
  probability,
});

/** @param rules that it checks besides the signature; null: none. */
export const releaseOf = (
  revision: number,
  arms: readonly Arm[],
  rules: Expectation[] | null = null,
): ReleaseActivated => ({
  aggregateVersion: revision,
  occurredAt: 0,
  endpoint: 'toy',
  release: `r${revision}`,
  major: 1,
  revision,
  arms: [...arms],
  salt: 's',
  inputChecks: rules && { expectations: 's:1', digest: 'e', rules },
});

/** A model whose answer depends on its file, its input and the size of its batch; 13 is no input for it. */
export const toyPredict: Predict = async (arm, rows): Promise<Computed> => ({
  outputs: rows.map((row) => toyOutput(arm.artifact.digest, row, rows.length)),
});

function toyOutput(digest: string, row: Features, size: number): { y: number } | null {
  const value = row.x as number;
  return value === 13 ? null : { y: Math.fround(value * Number(digest.slice(1)) + size / 1_024) };
}

export interface Spoken {
  readonly request: PredictionRequest;
  readonly response: PredictionResponse;
}

/** What a lane writes for requests that it takes together; `sizes` are the micro-batches in order. */
export class ToyLane {
  readonly log: Spoken[] = [];

  constructor(private readonly book: RouteBook) {}

  answer(revision: number, values: readonly number[], change: Partial<PredictionRequest> = {}): void {
    const release = this.book.release(revision)!;
    const first = this.log.length;
    const slots = values.map((value, index): Spoken => {
      const request = { ...requestOf(first + index, value), ...change };
      return { request, response: responseOf(request, first + index, revision) };
    });
    for (const arm of release.arms) {
      const check = compileInputCheck(arm.signature, release.inputChecks?.rules);
      const mine = slots.filter(({ request }) => this.book.armOf(release, request.requestId) === arm);
      const rows = mine.filter(({ request, response }) => {
        const { rejection, warnings } = check(request.features);
        if (request.deadline !== null && request.deadline < response.decidedAt)
          refuse(response, 'EXPIRED', 'DEADLINE_PASSED');
        else if (rejection !== null) refuse(response, 'REJECTED', rejection);
        else {
          response.warnings = [...warnings];
          return true;
        }
        return false;
      });
      rows.forEach(({ request, response }, index) => {
        const outputs = toyOutput(arm.artifact.digest, request.features, rows.length);
        if (outputs === null) {
          refuse(response, 'FAILED', 'BAD_OUTPUT');
          return;
        }
        const batch = { firstOffset: rows[0]!.response.requestOffset, index, size: rows.length };
        const { model, version, artifact, probability } = arm;
        response.outputs = outputs;
        response.decision = {
          model,
          version,
          modelDigest: artifact.digest,
          arm: arm.arm,
          armProbability: probability,
          batch,
        };
      });
    }
    this.log.push(...slots);
  }
}

export function requestOf(offset: number, value: number): PredictionRequest {
  return { requestId: `q${offset}`, eventTime: null, deadline: null, caller: null, features: { x: value } };
}

function responseOf({ requestId }: PredictionRequest, offset: number, revision: number): PredictionResponse {
  return {
    requestId,
    requestPartition: 0,
    requestOffset: offset,
    status: 'PREDICTED',
    reasonCode: null,
    warnings: [],
    outputs: null,
    decision: null,
    releaseRevision: revision,
    runtime: RUNTIME,
    decidedAt: 1_000,
  };
}

function refuse(response: PredictionResponse, status: PredictionResponse['status'], reasonCode: string): void {
  response.status = status;
  response.reasonCode = reasonCode;
}

export interface Range {
  readonly from?: number;
  readonly to?: number;
  readonly firstRequest?: number;
  /** Responses that retention took; their requests are still there. */
  readonly firstResponse?: number;
}

/** Replays a log as the command does, without topics. */
export async function replayed(
  book: RouteBook,
  log: readonly Spoken[],
  { from = 0, to = log.length, firstRequest = 0, firstResponse = 0 }: Range = {},
  predict: Predict = toyPredict,
): Promise<ReplayTally> {
  const tally = new ReplayTally();
  const lane = new ReplayLane({
    book,
    predict,
    tally,
    runtime: RUNTIME,
    firstRequest,
    responsesTrimmed: firstResponse > 0,
  });
  for (const [offset, { request, response }] of log.entries()) {
    if (offset < Math.max(firstRequest, firstResponse)) continue;
    const joined: Joined = {
      request,
      response,
      key: null,
      partition: 0,
      offset,
      inRange: offset >= from && offset < to,
    };
    for (const batch of lane.take(joined)) await lane.compute(batch);
  }
  for (const batch of lane.finish()) await lane.compute(batch);
  return tally;
}

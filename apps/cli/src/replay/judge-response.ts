import type { Arm, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import { isExpired } from '@millrace/onnx';
import type { Cause } from './causes';
import type { RouteBook } from './route-book';

/** A response and the request that it answers. */
export interface Joined {
  readonly request: PredictionRequest;
  /** Record key of the request as text; null where it has none. */
  readonly key: string | null;
  readonly response: PredictionResponse;
  readonly partition: number;
  /** Of the response. */
  readonly offset: number;
  /** False for what is read only to complete the batches at the edges of the range. */
  readonly inRange: boolean;
}

export type Verdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly cause: Cause; readonly recorded: unknown; readonly computed: unknown }
  /** FAILED and FALLBACK depend on the moment (a worker that died, a store that was away): told by reason, not computed. */
  | { readonly kind: 'told'; readonly reason: string };

export interface Judgement {
  readonly verdict: Verdict;
  /** The arm whose session ran for this row, so that it is a member of a micro-batch; null when none ran. */
  readonly arm: Arm | null;
}

const SAME: Verdict = { kind: 'same' };

/**
 * What the log alone says about one response, before any model runs: deadline, route, input check, decision. The order is
 * that of a lane: deadline, release, check.
 */
export function judgeResponse(joined: Joined, book: RouteBook): Judgement {
  return { verdict: verdictOf(joined, book), arm: ranArm(joined, book) };
}

function verdictOf(joined: Joined, book: RouteBook): Verdict {
  const { request, response } = joined;
  if (request.requestId !== response.requestId)
    return differs('request-differs', response.requestId, request.requestId);
  const expired = isExpired(request, response.decidedAt);
  if (expired) return told(response, 'EXPIRED', 'DEADLINE_PASSED');
  if (response.status === 'EXPIRED') return statusDiffers(response, 'not expired');
  if (response.status === 'REJECTED' && response.reasonCode === 'ENDPOINT_RETIRED')
    return book.isRetired ? SAME : statusDiffers(response, 'the endpoint is not retired');
  if (response.releaseRevision === 0) return told(response, 'REJECTED', 'NO_RELEASE');
  if (book.isHalt(response.releaseRevision)) return told(response, 'REJECTED', 'ENDPOINT_HALTED');
  return byRelease(joined, book);
}

function byRelease({ request, response, key }: Joined, book: RouteBook): Verdict {
  const release = book.release(response.releaseRevision);
  if (!release) return differs('release-missing', response.releaseRevision, null);
  const arm = book.armOf(release, key ?? request.requestId);
  const { rejection, warnings } = book.checkOf(release, arm)(request.features);
  if (rejection !== null) return told(response, 'REJECTED', rejection);
  if (response.status === 'FAILED' || response.status === 'FALLBACK')
    return ranASession(response) ? SAME : { kind: 'told', reason: `${response.status}/${response.reasonCode}` };
  if (response.status !== 'PREDICTED') return statusDiffers(response, 'PREDICTED');
  const wrong = decisionDiffers(response, arm);
  if (wrong) return wrong;
  return sameList(response.warnings, warnings) ? SAME : differs('warnings-differ', response.warnings, warnings);
}

/** A row whose output was no answer stood in the batch like every other. */
export const wasBadOutput = ({ status, reasonCode }: PredictionResponse): boolean =>
  status === 'FAILED' && reasonCode === 'BAD_OUTPUT';

const ranASession = (response: PredictionResponse): boolean => response.decision !== null || wasBadOutput(response);

function ranArm({ request, response, key }: Joined, book: RouteBook): Arm | null {
  const release = book.release(response.releaseRevision);
  return release && ranASession(response) ? book.armOf(release, key ?? request.requestId) : null;
}

function decisionDiffers({ decision }: PredictionResponse, arm: Arm): Verdict | null {
  const { model, version, artifact, probability } = arm;
  if (
    decision !== null &&
    decision.modelDigest === artifact.digest &&
    decision.model === model &&
    decision.version === version &&
    decision.arm === arm.arm &&
    decision.armProbability === probability
  )
    return null;
  const served = { model, version, modelDigest: artifact.digest, arm: arm.arm, armProbability: probability };
  return differs('decision-differs', decision, served);
}

function told(response: PredictionResponse, status: string, reasonCode: string): Verdict {
  const same = response.status === status && response.reasonCode === reasonCode;
  return same ? SAME : statusDiffers(response, `${status}/${reasonCode}`);
}

const statusDiffers = ({ status, reasonCode }: PredictionResponse, computed: string): Verdict =>
  differs('status-differs', reasonCode === null ? status : `${status}/${reasonCode}`, computed);

const differs = (cause: Cause, recorded: unknown, computed: unknown): Verdict => ({
  kind: 'differs',
  cause,
  recorded,
  computed,
});

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

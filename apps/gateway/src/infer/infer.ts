import { createHash } from 'node:crypto';
import type { EndpointCreated, Ids, Logger, PredictionResponse } from '@millrace/contracts';
import { type KafkaClient, MILLRACE_NAMESPACE, type SchemaRegistryClient, uuidV5 } from '@millrace/messaging';
import { type Idempotency, STARTED } from '@millrace/persistence';
import { Problem } from '../doors/problem';
import { INFER_KEY } from '../persistence/command-log';
import { servedMajor } from './endpoint-directory';
import type { FindEndpoint } from './find-endpoint';
import { findResponses, type Positions } from './find-responses';
import type { CarryInfer } from './infer-call';
import { BadInferRequest, type InferRequest, responseOf, rowsOf } from './open-inference';

export interface InferAsked {
  readonly endpoint: string;
  /** Of the path; null = whatever is live. */
  readonly version: string | null;
  readonly call: InferRequest;
  readonly actor: string;
  readonly idempotencyKey?: string;
  readonly traceparent?: string;
}

export interface InferAnswer {
  readonly status: 200 | 422;
  readonly body: Record<string, unknown>;
}

interface Planned {
  readonly major: number;
  readonly positions: Positions;
}

const DONE = 'DONE';

export interface InferParts {
  readonly endpoints: FindEndpoint;
  readonly carry: CarryInfer;
  readonly idempotency: Idempotency;
  readonly kafka: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly defaultTimeoutMs: number;
}

/** `POST /v2/models/<endpoint>/infer`. Only a call with an Idempotency-Key touches the database. */
export class Infer {
  private readonly inFlight = new Map<string, { readonly hash: string; readonly answer: Promise<InferAnswer> }>();

  constructor(private readonly parts: InferParts) {}

  /** @throws Problem; AppError IDEMPOTENCY_KEY_REUSED; InfrastructureError */
  async answer(asked: InferAsked): Promise<InferAnswer> {
    const made = servedMajor(this.parts.endpoints.entry(asked.endpoint, asked.version));
    const { actor, idempotencyKey } = asked;
    if (idempotencyKey === undefined) return this.carried(asked, made, this.parts.ids.uuid());
    const callId = uuidV5(MILLRACE_NAMESPACE, JSON.stringify(['infer', actor, idempotencyKey]));
    const hash = hashOf(asked);
    const running = this.inFlight.get(callId);
    if (running?.hash === hash) return running.answer;
    const answer = this.remembered(asked, made, callId, hash);
    this.inFlight.set(callId, { hash, answer });
    return answer.finally(() => this.inFlight.delete(callId));
  }

  /** A row before sending, the answer afterwards: a retry finds the answer, or the responses, or sends what is missing. */
  private async remembered(
    asked: InferAsked,
    served: EndpointCreated,
    callId: string,
    hash: string,
  ): Promise<InferAnswer> {
    const { idempotency, kafka, logger } = this.parts;
    const positions = Object.fromEntries(await kafka.admin.endOffsets(served.responsesTopic, 'committed'));
    const plan: Planned = { major: served.major, positions };
    const before = await idempotency.begin(INFER_KEY + callId, hash, plan);
    if (before && before.status !== STARTED) return before.response as InferAnswer;
    const earlier = before?.response as Planned | undefined;
    const made = earlier
      ? (this.parts.endpoints.entry(asked.endpoint, null).majors.get(earlier.major) ?? served)
      : served;
    const answer = await this.carried(asked, made, callId, earlier?.positions);
    await idempotency.finish(INFER_KEY + callId, DONE, answer).catch((error: Error) => {
      logger.warn({ callId, reason: error.message }, 'The answer of an infer call was not kept; the log still has it');
    });
    return answer;
  }

  private async carried(
    asked: InferAsked,
    made: EndpointCreated,
    callId: string,
    from?: Positions,
  ): Promise<InferAnswer> {
    const { kafka, schemas, carry } = this.parts;
    const rows = rowsIn(asked.call, made);
    const timeoutMs = timeoutOf(asked.call) ?? this.parts.defaultTimeoutMs;
    const known = from
      ? await findResponses(kafka, schemas, { made, callId, rows: rows.length, from }, AbortSignal.timeout(timeoutMs))
      : undefined;
    const { actor: caller, traceparent } = asked;
    const responses = await carry.responses({ made, rows, callId, caller, timeoutMs, known, traceparent });
    return answerOf(asked, made, callId, responses);
  }
}

function rowsIn(call: InferRequest, made: EndpointCreated) {
  try {
    return rowsOf(call, made.signature);
  } catch (error) {
    if (error instanceof BadInferRequest) throw new Problem(400, 'BAD_INFER_REQUEST', error.message);
    throw error;
  }
}

const MAX_TIMEOUT_MS = 60_000;

/** @throws Problem 400 */
function timeoutOf({ parameters }: InferRequest): number | undefined {
  const asked = parameters?.timeout_ms;
  if (asked === undefined) return undefined;
  if (typeof asked === 'number' && Number.isInteger(asked) && asked >= 1 && asked <= MAX_TIMEOUT_MS) return asked;
  throw new Problem(400, 'BAD_INFER_REQUEST', `parameters.timeout_ms is a whole number from 1 to ${MAX_TIMEOUT_MS}.`);
}

function answerOf(
  { endpoint, call }: InferAsked,
  made: EndpointCreated,
  callId: string,
  responses: readonly PredictionResponse[],
): InferAnswer {
  const id = call.id ?? callId;
  const failed = responses.filter((response) => response.outputs === null);
  if (failed.length === 0) return { status: 200, body: { ...responseOf(endpoint, id, responses, made.signature) } };
  const rows = responses.map(({ requestId, status, reasonCode, warnings }, row) => ({
    row,
    requestId,
    status,
    reasonCode,
    warnings,
  }));
  const reasons = [...new Set(failed.map((response) => response.reasonCode ?? response.status))].join(', ');
  return {
    status: 422,
    body: { error: `${failed.length} of ${responses.length} rows were not predicted: ${reasons}.`, id, rows },
  };
}

const hashOf = ({ endpoint, version, call }: InferAsked): string =>
  createHash('sha256')
    .update(JSON.stringify([endpoint, version, call]))
    .digest('hex');

import type { Clock, EndpointCreated, FeatureValue, PredictionRequest, PredictionResponse } from '@millrace/contracts';
import { REQUEST_MAX_BYTES } from '@millrace/contracts';
import { AvroCodec, frame, type OutgoingRecord, parseSchema } from '@millrace/messaging';
import { Problem, unavailable } from '../doors/problem';
import type { RequestSender } from './request-sender';
import type { Expected, ResponseInbox } from './response-inbox';

export interface InferCall {
  readonly made: EndpointCreated;
  readonly rows: readonly Record<string, FeatureValue>[];
  /** Request ids are `<callId>#<row>`. */
  readonly callId: string;
  /** Name of the actor: the request's `caller`. */
  readonly caller: string;
  readonly timeoutMs: number;
  readonly traceparent?: string;
  /** Responses found in the log by an earlier try of this call, by row: these rows are not sent again. */
  readonly known?: ReadonlyMap<number, PredictionResponse>;
}

/** Rows of all calls together that may wait for the broker or a response. */
export const MAX_WAITING_ROWS = 20_000;
/** What headers and framing of a record take at most. */
const RECORD_OVERHEAD = 1_024;

export interface CarryInferParts {
  readonly inbox: ResponseInbox;
  readonly sender: RequestSender;
  readonly clock: Clock;
}

/** Carries the rows of a call through the topics: each is one request, and has one response. */
export class CarryInfer {
  private waitingRows = 0;

  constructor(private readonly parts: CarryInferParts) {}

  /**
   * @returns the response of every row, in row order
   * @throws Problem 400 (a value that the schema cannot carry), 413, 503 BROKER_AWAY or TOO_MANY_ROWS_WAITING, 504 NO_RESPONSE_IN_TIME
   */
  async responses(call: InferCall): Promise<PredictionResponse[]> {
    const { made, rows, known = new Map<number, PredictionResponse>() } = call;
    const toSend = rows.map((_, row) => row).filter((row) => !known.has(row));
    if (toSend.length === 0) return rows.map((_, row) => known.get(row)!);
    this.admit(toSend.length);
    const deadline = new Deadline(call.timeoutMs);
    const expected = new Map<number, Expected>();
    try {
      const end = this.parts.clock.now() + call.timeoutMs;
      const records = toSend.map((row) => this.recordOf(call, row, end));
      for (const row of toSend) expected.set(row, this.parts.inbox.expect(made.responsesTopic, requestIdOf(call, row)));
      await deadline.before(this.parts.inbox.attach(made), brokerAway);
      await deadline.before(this.parts.sender.send(made.requestsTopic, records, deadline.signal), brokerAway);
      const got = new Map(known);
      const all = [...expected].map(async ([row, { response }]) => got.set(row, await response));
      await deadline.before(Promise.all(all), () => noResponse(call, rows.length - got.size));
      return rows.map((_, row) => got.get(row)!);
    } finally {
      this.waitingRows -= toSend.length;
      deadline.stop();
      for (const one of expected.values()) one.forget();
    }
  }

  /** Whatever the broker has not taken yet is given up. */
  stop(): Promise<void> {
    return this.parts.sender.close();
  }

  private admit(rows: number): void {
    if (this.waitingRows + rows <= MAX_WAITING_ROWS) {
      this.waitingRows += rows;
      return;
    }
    throw unavailable(
      'TOO_MANY_ROWS_WAITING',
      `${this.waitingRows} rows wait for their responses already. Try again in a few seconds, or write to the request topic yourself.`,
    );
  }

  private recordOf(call: InferCall, row: number, deadline: number): OutgoingRecord {
    const { made, caller, traceparent } = call;
    const request: PredictionRequest = {
      requestId: requestIdOf(call, row),
      eventTime: null,
      deadline,
      caller,
      features: call.rows[row]!,
    };
    const value = frame(made.requestSchemaId, encoded(made, request, row));
    if (value.length > REQUEST_MAX_BYTES - RECORD_OVERHEAD)
      throw new Problem(413, 'REQUEST_TOO_LARGE', `Row ${row} has ${value.length} bytes, a request at most 1 MiB.`);
    return {
      key: null,
      value,
      headers: [
        ['reply-to', this.parts.inbox.replyTo],
        ['correlation-id', call.callId],
        ['content-type', 'application/avro'],
        ...(traceparent ? [['traceparent', traceparent] as [string, string]] : []),
      ],
    };
  }
}

export const requestIdOf = ({ callId }: { readonly callId: string }, row: number): string => `${callId}#${row}`;

const codecs = new WeakMap<EndpointCreated, AvroCodec<PredictionRequest>>();

function encoded(made: EndpointCreated, request: PredictionRequest, row: number): Buffer {
  let codec = codecs.get(made);
  if (!codec) {
    codec = AvroCodec.of<PredictionRequest>(parseSchema(made.requestSchema));
    codecs.set(made, codec);
  }
  try {
    return codec.encode(request);
  } catch (error) {
    throw new Problem(400, 'BAD_INFER_REQUEST', `Row ${row}: ${(error as Error).message}`);
  }
}

const brokerAway = () =>
  unavailable('BROKER_AWAY', 'The broker did not take the requests in time. Try again in a few seconds.');

const noResponse = (call: InferCall, missing: number) =>
  new Problem(
    504,
    'NO_RESPONSE_IN_TIME',
    `${missing} of ${call.rows.length} rows had no response within ${call.timeoutMs} ms: is inference running (GET /api/v1/status)? A longer wait: parameters.timeout_ms.`,
    { members: { id: call.callId } },
  );

/** One time limit over several steps. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly over: Promise<'over'>;
  private readonly timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.timer = setTimeout(() => this.controller.abort(new Error('The time of the call is over.')), ms);
    this.over = new Promise((resolve) => this.signal.addEventListener('abort', () => resolve('over'), { once: true }));
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  async before<T>(step: Promise<T>, late: () => Error): Promise<T> {
    const first = await Promise.race([step.then((value) => ({ value })), this.over]);
    if (first !== 'over') return first.value;
    step.catch(() => {});
    throw late();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

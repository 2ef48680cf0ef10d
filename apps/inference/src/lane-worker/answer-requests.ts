import {
  type Arm,
  avroOf,
  type Clock,
  DeadLetter,
  type EndpointCreated,
  type FeatureValue,
  InfrastructureError,
  type InputChecks,
  type Logger,
  PoisonError,
  type PredictionRequest,
  type PredictionResponse,
} from '@millrace/contracts';
import {
  AvroCodec,
  deadLetterOf,
  type FetchedPartition,
  FRAME_BYTES,
  FramedReader,
  type LaneOutput,
  type LaneProcessor,
  parseSchema,
  type RecordCursor,
  type SchemaRegistryClient,
  writeFrame,
} from '@millrace/messaging';
import { chooseArm, compileInputCheck, type InputCheck, isExpired } from '@millrace/onnx';
import type { ReleaseTable, Route } from '../domain/release-table';
import { type BatchFacts, predicted, withoutSession } from '../domain/response';
import type { RowResult } from './loaded-model';
import type { ModelCache } from './model-cache';
import { ResponseBuffer } from './response-buffer';

export interface AnswerOptions {
  readonly endpoint: EndpointCreated;
  readonly partition: number;
  readonly table: ReleaseTable;
  /** False when the route table may be out of date: then nothing is answered (ARCHITECTURE section 6). */
  readonly tableIsFresh: () => boolean;
  readonly models: ModelCache;
  readonly schemas: SchemaRegistryClient;
  /** Schema id of DeadLetter under the endpoint's dead-letter topic. */
  readonly deadLetterSchemaId: () => Promise<number>;
  readonly onResponse: (status: PredictionResponse['status']) => void;
  readonly onDeadLetter: (reasonCode: string) => void;
  readonly runtime: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests that are answered together, and so the rows of one session call at most; 256 by default. */
  readonly microBatch?: number;
}

/** One request of the batch and what is known of its answer. */
interface Slot {
  readonly request: PredictionRequest;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly headers: readonly (readonly [string, Buffer])[];
  response: PredictionResponse | null;
}

interface Waiting {
  readonly slot: Slot;
  readonly warnings: readonly string[];
}

const MICRO_BATCH = 256;
/** Headers that travel from the request to its response. */
const CARRIED = new Set(['correlation-id', 'reply-to', 'traceparent']);
const NO_HEADERS: Slot['headers'] = [];

/**
 * Answers the requests of one partition, in order: decode, route, check, one session call per model and micro-batch,
 * encode. Every record that decodes gets exactly one response, every other one exactly one dead letter.
 */
export class AnswerRequests implements LaneProcessor {
  private readonly requests: FramedReader<PredictionRequest>;
  private readonly responses: ResponseBuffer;
  private readonly microBatch: number;
  private readonly checks = new WeakMap<Arm, InputCheck>();
  private readonly deadLetterCodec = AvroCodec.of<DeadLetter>(parseSchema(JSON.stringify(avroOf(DeadLetter))));

  constructor(private readonly options: AnswerOptions) {
    const { endpoint, schemas, microBatch = MICRO_BATCH } = options;
    this.microBatch = microBatch;
    this.requests = new FramedReader(schemas, AvroCodec.of<PredictionRequest>(parseSchema(endpoint.requestSchema)));
    this.responses = new ResponseBuffer(
      AvroCodec.of<PredictionResponse>(parseSchema(endpoint.responseSchema)),
      endpoint.responseSchemaId,
    );
  }

  async process(batch: FetchedPartition, out: LaneOutput): Promise<void> {
    const { table, endpoint, tableIsFresh, clock, runtime } = this.options;
    if (!tableIsFresh())
      throw new InfrastructureError({
        code: 'RELEASES_STALE',
        message:
          'The release topic has not been read for 2 seconds, so what is released now is not known: waiting for it.',
      });
    const route = table.route(endpoint.endpoint, endpoint.major);
    const facts: BatchFacts = { revision: route.revision, runtime, decidedAt: clock.now() };
    // Decoded, decided and written one micro-batch after the other: what lives long costs the garbage collector most.
    for (let more = true; more; ) {
      const slots: Slot[] = [];
      more = await this.decode(batch.records, slots, out, facts.decidedAt);
      await this.decide(slots, route, facts);
      this.write(slots, out);
    }
  }

  /** Fills the next micro-batch. @returns false at the end of the records. */
  private async decode(records: RecordCursor, slots: Slot[], out: LaneOutput, now: number): Promise<boolean> {
    while (slots.length < this.microBatch) {
      if (!records.next()) return false;
      const { buffer, valueStart, valueEnd } = records;
      const value = valueStart < 0 ? null : buffer;
      try {
        const unlearned = this.requests.unlearned(value, valueStart, valueEnd);
        if (unlearned !== null) await this.requests.learn(unlearned);
        const request = this.requests.decode(value, valueStart, valueEnd);
        slots.push({
          request,
          offset: records.offset,
          key: keyOf(records),
          headers: carriedHeaders(records),
          response: null,
        });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        await this.bury(records, error, out, now);
      }
    }
    return true;
  }

  private async bury(records: RecordCursor, error: PoisonError, out: LaneOutput, now: number): Promise<void> {
    const { endpoint, partition, deadLetterSchemaId, onDeadLetter, logger } = this.options;
    const record = records.record();
    const datum = this.deadLetterCodec.encode(deadLetterOf(record, error, now));
    const value = Buffer.allocUnsafe(FRAME_BYTES + datum.length);
    writeFrame(value, 0, await deadLetterSchemaId());
    datum.copy(value, FRAME_BYTES);
    out.produce(endpoint.deadLettersTopic, partition, record.key, value, [['reason', error.code]]);
    onDeadLetter(error.code);
    logger.warn(
      { topic: record.topic, partition, offset: record.offset, code: error.code },
      'Put a request to the dead letters',
    );
  }

  private async decide(slots: readonly Slot[], route: Route, facts: BatchFacts): Promise<void> {
    const { partition, table } = this.options;
    const waiting = new Map<Arm, Waiting[]>();
    for (const slot of slots) {
      const position = { partition, offset: slot.offset };
      const refuse = (status: 'REJECTED' | 'EXPIRED' | 'FAILED', reasonCode: string) => {
        slot.response = withoutSession(slot.request, position, status, reasonCode, facts);
      };
      if (isExpired(slot.request, facts.decidedAt)) refuse('EXPIRED', 'DEADLINE_PASSED');
      else if (route.kind === 'none') refuse('REJECTED', route.reasonCode);
      else {
        const arm = chooseArm(route.arms, route.salt, slot.key?.toString('utf8') ?? slot.request.requestId);
        const verdict = this.checkOf(arm, route.inputChecks)(slot.request.features);
        if (verdict.rejection !== null) refuse('REJECTED', verdict.rejection);
        else if (table.isQuarantined(arm.artifact.digest)) refuse('FAILED', 'MODEL_QUARANTINED');
        else {
          const row: Waiting = { slot, warnings: verdict.warnings };
          const rows = waiting.get(arm);
          if (rows) rows.push(row);
          else waiting.set(arm, [row]);
        }
      }
    }
    for (const [arm, rows] of waiting) await this.predict(arm, rows, facts);
  }

  private async predict(arm: Arm, rows: readonly Waiting[], facts: BatchFacts): Promise<void> {
    const { models, partition } = this.options;
    const model = models.loaded(arm) ?? (await models.load(arm));
    const fail = ({ slot }: Waiting, reasonCode: string) => {
      slot.response = withoutSession(slot.request, { partition, offset: slot.offset }, 'FAILED', reasonCode, facts);
    };
    if ('unusable' in model) {
      for (const row of rows) fail(row, 'MODEL_UNUSABLE');
      return;
    }
    const results = await model.predict(featuresOf(rows), this.microBatch);
    results.forEach((result, index) => {
      const row = rows[index]!;
      if ('failure' in result) fail(row, result.failure);
      else row.slot.response = this.responseOf(row, rows, arm, result, facts);
    });
  }

  private responseOf(
    { slot, warnings }: Waiting,
    rows: readonly Waiting[],
    arm: Arm,
    result: Extract<RowResult, { outputs: unknown }>,
    facts: BatchFacts,
  ): PredictionResponse {
    const decision = {
      model: arm.model,
      version: arm.version,
      modelDigest: arm.artifact.digest,
      arm: arm.arm,
      armProbability: arm.probability,
    };
    const batch = { firstOffset: rows[result.batchStart]!.slot.offset, index: result.index, size: result.size };
    const position = { partition: this.options.partition, offset: slot.offset };
    return predicted(slot.request, position, result.outputs, decision, batch, warnings, facts);
  }

  private write(slots: readonly Slot[], out: LaneOutput): void {
    const { endpoint, partition, onResponse } = this.options;
    this.responses.begin();
    for (const { response, key, headers } of slots) {
      out.produce(endpoint.responsesTopic, partition, key, this.responses.encode(response!), headers);
      onResponse(response!.status);
    }
  }

  /** An arm belongs to one release, so its checks are compiled once for that. */
  private checkOf(arm: Arm, inputChecks: InputChecks | null): InputCheck {
    let check = this.checks.get(arm);
    if (!check) {
      check = compileInputCheck(arm.signature, inputChecks?.rules);
      this.checks.set(arm, check);
    }
    return check;
  }
}

const featuresOf = (rows: readonly Waiting[]): Readonly<Record<string, FeatureValue>>[] =>
  rows.map(({ slot }) => slot.request.features);

const keyOf = ({ buffer, keyStart, keyEnd }: RecordCursor): Buffer | null =>
  keyStart < 0 ? null : buffer.subarray(keyStart, keyEnd);

function carriedHeaders(records: RecordCursor): Slot['headers'] {
  if (records.headerCount === 0) return NO_HEADERS;
  return [...records.headers()].filter(([name]) => CARRIED.has(name));
}

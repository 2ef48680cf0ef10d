import {
  type EndpointCreated,
  endpointFamily,
  type Outcome,
  outcomeSchema,
  PoisonError,
  type PredictionResponse,
  Topics,
} from '@millrace/contracts';
import {
  AvroCodec,
  decodeEnvelope,
  type Events,
  type FetchedPartition,
  FramedReader,
  type KafkaClient,
  type KafkaRecord,
  parseSchema,
  RequestMerge,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { type GroundTruth, type JoinEffect, nothingKnown, takeOutcome, takeResponse } from '../domain/join-outcomes';
import type { ContradictionsRepository } from '../persistence/contradictions.repository';
import type { AnsweredRecord, WaitingRepository, WaitingState } from '../persistence/waiting.repository';
import type { JoinMetrics } from './join-metrics';
import { type Joined, LabelledExamples } from './labelled-examples';

export interface OutcomeJoinOptions {
  readonly endpoint: EndpointCreated;
  readonly client: KafkaClient;
  readonly registry: SchemaRegistryClient;
  readonly waiting: WaitingRepository;
  readonly contradictions: ContradictionsRepository;
  readonly events: Events;
  readonly metrics: JoinMetrics;
  readonly horizonMs: number;
  readonly now: () => number;
}

interface TakenResponse {
  readonly requestId: string;
  readonly cause: string;
  readonly answered: AnsweredRecord;
}

interface TakenOutcome {
  readonly requestId: string;
  readonly cause: string;
  readonly truth: GroundTruth;
}

interface Buried {
  readonly record: KafkaRecord;
  readonly error: PoisonError;
}

/** What is to be folded of one batch, decoded. */
export interface JoinBatch {
  readonly responses: readonly TakenResponse[];
  readonly outcomes: readonly TakenOutcome[];
  readonly buried: readonly Buried[];
  readonly unusableResponses: number;
  /** Newest Kafka timestamp. */
  readonly newestAt: number;
}

/** What became of a batch: the effects of its responses, then those of its outcomes. */
export interface JoinResult {
  readonly effects: readonly JoinEffect[];
  /** Null when it was not yet time to look for what is to be given up. */
  readonly forgotten: { readonly unlabelled: number; readonly unmatched: number } | null;
}

/** The states of the batch's ids, as they change. */
interface Folding {
  readonly states: Map<string, WaitingState>;
  readonly changed: Map<string, WaitingState>;
  readonly joined: Joined[];
  readonly effects: JoinEffect[];
}

/** Rows are looked through for old ones when the topics' time has moved on by this share of the horizon. */
const FORGET_EVERY = 1 / 64;
/** A response is given up after the horizon; what is known of an id is kept twice as long, so that late and doubled outcomes are known as such. */
const KEPT_HORIZONS = 2;
const NUL = '\u0000';

/**
 * Joins the responses and outcomes of one major of an endpoint into labelled examples, in fold mode. The request of each
 * response is read beside it: both stand in the same order.
 */
export class OutcomeJoin {
  readonly family: string;
  private readonly labelled: LabelledExamples;
  private readonly responses: FramedReader<PredictionResponse>;
  private readonly outcomes: FramedReader<Outcome>;
  private readonly merges = new Map<number, RequestMerge>();
  private forgotUpTo = 0;

  constructor(private readonly options: OutcomeJoinOptions) {
    const { endpoint, registry, events } = options;
    this.family = endpointFamily(endpoint);
    this.labelled = new LabelledExamples(endpoint, registry, events);
    this.responses = new FramedReader(registry, AvroCodec.of<PredictionResponse>(parseSchema(endpoint.responseSchema)));
    const outcome = JSON.stringify(outcomeSchema(endpoint.endpoint, endpoint.major));
    this.outcomes = new FramedReader(registry, AvroCodec.of<Outcome>(parseSchema(outcome)));
  }

  async prepare(batch: FetchedPartition, signal: AbortSignal): Promise<JoinBatch> {
    const records: KafkaRecord[] = [];
    while (batch.records.next()) records.push(batch.records.record());
    const newestAt = records.reduce((newest, { timestamp }) => Math.max(newest, timestamp), 0);
    const nothing = { responses: [], outcomes: [], buried: [], unusableResponses: 0 };
    const of = batch.topic === this.options.endpoint.outcomesTopic ? this.outcomesOf : this.responsesOf;
    return { ...nothing, ...(await of.call(this, records, signal)), newestAt };
  }

  async fold(batch: JoinBatch): Promise<JoinResult> {
    const { waiting, events } = this.options;
    await waiting.lockFamily(this.family);
    const ids = [...batch.responses, ...batch.outcomes].map(({ requestId }) => requestId);
    const states = await waiting.load(this.family, [...new Set(ids)]);
    const folding: Folding = { states, changed: new Map(), joined: [], effects: [] };
    for (const one of batch.responses) {
      const before = states.get(one.requestId) ?? nothingKnown;
      took(one, before, takeResponse(before, one.answered, this.options.horizonMs), folding);
    }
    for (const one of batch.outcomes) {
      const before = states.get(one.requestId) ?? nothingKnown;
      const taken = takeOutcome(before, one.truth, this.options.horizonMs);
      if (taken.effect === 'contradicts') await this.tellOfContradiction(one, before.truth!);
      took(one, before, taken, folding);
    }
    await waiting.save(this.family, folding.changed, batch.newestAt);
    await this.labelled.publish(folding.joined);
    for (const { record, error } of batch.buried) await events.bury(record, error, Topics.ingestionDeadLetters);
    return { effects: folding.effects, forgotten: await this.forget(batch.newestAt) };
  }

  folded({ responses, buried, unusableResponses, newestAt }: JoinBatch, { effects, forgotten }: JoinResult): void {
    const { metrics, endpoint } = this.options;
    for (const [index, effect] of effects.entries())
      if (index < responses.length) metrics.response(endpoint.endpoint, effect);
      else metrics.outcome(endpoint.endpoint, effect);
    if (buried.length > 0) metrics.outcome(endpoint.endpoint, 'unusable', buried.length);
    if (unusableResponses > 0) metrics.response(endpoint.endpoint, 'unusable', unusableResponses);
    if (forgotten === null) return;
    this.forgotUpTo = newestAt;
    metrics.forgot(endpoint.endpoint, 'response', forgotten.unlabelled);
    metrics.forgot(endpoint.endpoint, 'outcome', forgotten.unmatched);
  }

  async close(): Promise<void> {
    await Promise.all([...this.merges.values()].map((merge) => merge.close()));
  }

  private async responsesOf(records: readonly KafkaRecord[], signal: AbortSignal): Promise<Partial<JoinBatch>> {
    const decoded: { record: KafkaRecord; response: PredictionResponse }[] = [];
    for (const record of records) decoded.push({ record, response: await this.responses.read(record.value) });
    const partition = records[0]?.partition ?? 0;
    const offsets = decoded.map(({ response }) => response.requestOffset);
    const requests = await this.mergeOf(partition).take(offsets, signal);
    const responses = decoded.flatMap(({ record, response }): TakenResponse[] => {
      const request = requests.get(response.requestOffset);
      // What retention took cannot be learned from any more; PostgreSQL keeps no U+0000.
      if (!request?.value || response.requestId.includes(NUL)) return [];
      const answered = {
        partition: response.requestPartition,
        requestOffset: response.requestOffset,
        responseOffset: record.offset,
        at: record.timestamp,
        key: request.key,
        request: request.value,
        response: record.value!,
      };
      return [{ requestId: response.requestId, cause: causeOf(record), answered }];
    });
    return { responses, unusableResponses: decoded.length - responses.length };
  }

  private async outcomesOf(records: readonly KafkaRecord[]): Promise<Partial<JoinBatch>> {
    const outcomes: TakenOutcome[] = [];
    const buried: Buried[] = [];
    for (const record of records) {
      try {
        const { requestId, eventTime, label } = await this.outcomes.read(record.value);
        if (!Number.isFinite(label) || requestId.includes(NUL)) throw unusable(requestId, label);
        const { partition, offset, timestamp: at } = record;
        outcomes.push({ requestId, cause: causeOf(record), truth: { partition, offset, at, eventTime, label } });
      } catch (error) {
        if (!(error instanceof PoisonError)) throw error;
        buried.push({ record, error });
      }
    }
    return { outcomes, buried };
  }

  private mergeOf(partition: number): RequestMerge {
    let merge = this.merges.get(partition);
    if (!merge) {
      merge = new RequestMerge(this.options.client, this.options.endpoint.requestsTopic, partition);
      this.merges.set(partition, merge);
    }
    return merge;
  }

  private async tellOfContradiction({ requestId, cause, truth }: TakenOutcome, first: GroundTruth): Promise<void> {
    const { contradictions, endpoint, now } = this.options;
    const known = await contradictions.load(this.family);
    const data = {
      aggregateVersion: known.version + 1,
      occurredAt: now(),
      endpoint: endpoint.endpoint,
      major: endpoint.major,
      requestId,
      label: first.label,
      partition: first.partition,
      offset: first.offset,
      otherLabel: truth.label,
      otherPartition: truth.partition,
      otherOffset: truth.offset,
    };
    const fact = { type: 'OutcomeContradicted', data } as const;
    await contradictions.save(known, [fact], { id: cause, correlationId: requestId, traceparent: null });
  }

  private async forget(newestAt: number): Promise<JoinResult['forgotten']> {
    const { waiting, horizonMs } = this.options;
    if (newestAt < this.forgotUpTo + horizonMs * FORGET_EVERY) return null;
    return waiting.forget(this.family, newestAt - KEPT_HORIZONS * horizonMs);
  }
}

function took(
  { requestId, cause }: TakenResponse | TakenOutcome,
  before: WaitingState,
  { state, effect }: { readonly state: WaitingState; readonly effect: JoinEffect },
  { states, changed, joined, effects }: Folding,
): void {
  effects.push(effect);
  if (state === before) return;
  states.set(requestId, state);
  changed.set(requestId, state);
  if (effect === 'joins') joined.push({ answered: state.answered!, truth: state.truth!, cause });
}

const causeOf = (record: KafkaRecord): string =>
  decodeEnvelope(record.headers).id ?? `${record.topic}/${record.partition}/${record.offset}`;

function unusable(requestId: string, label: number): PoisonError {
  return new PoisonError({
    code: 'OUTCOME_UNUSABLE',
    message: `The outcome of ${JSON.stringify(requestId)} cannot be used: ${Number.isFinite(label) ? 'its request id holds U+0000' : `its label is ${label}`}. Send the request's own id and a finite number.`,
  });
}

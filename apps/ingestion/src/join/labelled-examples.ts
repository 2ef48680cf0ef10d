import {
  type EndpointCreated,
  endpointTopics,
  type LabelledExample,
  labelledRecord,
  type PredictionRequest,
  type PredictionResponse,
  type RecordSchema,
  type TopicDefinition,
} from '@millrace/contracts';
import {
  AvroCodec,
  controlEventId,
  Events,
  FramedReader,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import type { GroundTruth } from '../domain/join-outcomes';
import type { AnsweredRecord } from '../persistence/waiting.repository';

export interface Joined {
  readonly answered: AnsweredRecord;
  readonly truth: GroundTruth;
  /** What made the pair complete: `<topic>/<partition>/<offset>`, or the id in the record's header. */
  readonly cause: string;
}

/** Makes labelled examples out of the two halves and puts them into the outbox. */
export class LabelledExamples {
  readonly topic: TopicDefinition;
  private readonly record: RecordSchema<LabelledExample>;
  private readonly requests: FramedReader<PredictionRequest>;
  private readonly responses: FramedReader<PredictionResponse>;

  constructor(
    { endpoint, major, signature, requestSchema, responseSchema }: EndpointCreated,
    registry: SchemaRegistryClient,
    private readonly events: Events,
  ) {
    this.topic = endpointTopics(endpoint, major).labelled;
    this.record = labelledRecord(endpoint, major, signature);
    this.requests = new FramedReader(registry, AvroCodec.of<PredictionRequest>(parseSchema(requestSchema)));
    this.responses = new FramedReader(registry, AvroCodec.of<PredictionResponse>(parseSchema(responseSchema)));
  }

  /** Inside a unit of work. The id of an example is that of its request's position, so a repeat adds nothing. */
  async publish(joined: readonly Joined[]): Promise<void> {
    if (joined.length === 0) return;
    const items = [];
    for (const { answered, truth, cause } of joined) {
      const request = await this.requests.read(answered.request);
      const response = await this.responses.read(answered.response);
      items.push({
        key: answered.key?.toString('utf8') ?? request.requestId,
        data: exampleOf(request, response, answered, truth),
        id: controlEventId(this.topic.name, `${answered.partition}/${answered.requestOffset}`, 1),
        cause: { id: cause, correlationId: request.requestId, traceparent: null },
        topic: this.topic,
      });
    }
    await this.events.publishAll(this.record, items);
  }
}

function exampleOf(
  { requestId, eventTime, features }: PredictionRequest,
  { status, outputs, decision, releaseRevision, decidedAt }: PredictionResponse,
  { partition, requestOffset, responseOffset }: AnsweredRecord,
  truth: GroundTruth,
): LabelledExample {
  return {
    requestId,
    requestPartition: partition,
    requestOffset,
    eventTime,
    features,
    responseOffset,
    status,
    outputs,
    model: decision?.model ?? null,
    version: decision?.version ?? null,
    modelDigest: decision?.modelDigest ?? null,
    arm: decision?.arm ?? null,
    releaseRevision,
    decidedAt,
    outcomePartition: truth.partition,
    outcomeOffset: truth.offset,
    outcomeTime: truth.eventTime,
    label: truth.label,
  };
}

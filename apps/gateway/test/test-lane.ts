import {
  type EndpointCreated,
  endpointTopics,
  type ModelSignature,
  type PredictionRequest,
  type PredictionResponse,
  requestSchema,
  responseSchema,
  signatureInput,
  silentLogger,
  topicConfig,
} from '@millrace/contracts';
import {
  AvroCodec,
  type FetchedPartition,
  FramedReader,
  frame,
  type Headers,
  type KafkaClient,
  type KafkaRecord,
  LaneHost,
  type LaneOutput,
  parseSchema,
  type SchemaRegistryClient,
} from '@millrace/messaging';

export const SIGNATURE: ModelSignature = {
  inputs: [signatureInput('x', { type: 'DOUBLE' }), signatureInput('colour', { type: 'STRING', optional: true })],
  outputs: [{ name: 'y', field: 'y', type: 'DOUBLE', rank: 1, width: 1, meaning: 'twice x' }],
};

/** Makes topics and schemas of an endpoint as the registry's worker does; the fact is yours to say. */
export async function makeEndpoint(
  kafka: KafkaClient,
  schemas: SchemaRegistryClient,
  endpoint: string,
  aggregateVersion = 1,
): Promise<EndpointCreated> {
  const topics = endpointTopics(endpoint, 1, 2);
  await kafka.admin.createTopics(
    Object.values(topics).map((topic) => ({ name: topic.name, partitions: 2, config: topicConfig(topic) })),
  );
  const request = JSON.stringify(requestSchema(endpoint, 1, SIGNATURE));
  const response = JSON.stringify(responseSchema(endpoint, 1, SIGNATURE));
  return {
    aggregateVersion,
    occurredAt: Date.now(),
    endpoint,
    major: 1,
    partitions: 2,
    requestsTopic: topics.requests.name,
    responsesTopic: topics.responses.name,
    deadLettersTopic: topics.deadLetters.name,
    outcomesTopic: topics.outcomes.name,
    requestSchemaId: await schemas.register(`${topics.requests.name}-value`, parseSchema(request)),
    responseSchemaId: await schemas.register(`${topics.responses.name}-value`, parseSchema(response)),
    outcomeSchemaId: 1,
    requestSchema: request,
    responseSchema: response,
    signature: SIGNATURE,
    model: 'doubler',
    version: 3,
    description: '',
    createdBy: 'admin',
  };
}

export type Verdict = Partial<PredictionResponse> | null;

export type Judge = (request: PredictionRequest) => Verdict | Promise<Verdict>;

export const DOUBLED: Judge = ({ features }) => ({ outputs: { y: 2 * Number(features.x) } });

/**
 * Answers requests of one endpoint as lane workers do, one Kafka transaction a batch: y = 2 x, unless told otherwise.
 * `null` = silence. What does not decode becomes a dead letter.
 */
export class TestLane {
  readonly requests: PredictionRequest[] = [];
  /** Of the requests, in the same order. */
  readonly headers: Headers[] = [];
  answered = 0;
  verdict: Judge = DOUBLED;
  private readonly host: LaneHost;
  private readonly codec: AvroCodec<PredictionResponse>;
  private readonly requestReader: FramedReader<PredictionRequest>;

  constructor(
    kafka: KafkaClient,
    schemas: SchemaRegistryClient,
    private readonly made: EndpointCreated,
  ) {
    this.codec = AvroCodec.of<PredictionResponse>(parseSchema(made.responseSchema));
    this.requestReader = new FramedReader(schemas, AvroCodec.of<PredictionRequest>(parseSchema(made.requestSchema)));
    this.host = new LaneHost({
      client: kafka,
      group: `inference.${made.requestsTopic}`,
      topic: made.requestsTopic,
      processor: () => ({ process: (batch, out) => this.process(batch, out) }),
      outputs: [made.responsesTopic, made.deadLettersTopic],
      now: Date.now,
      logger: silentLogger,
    });
  }

  start(): Promise<void> {
    return this.host.start();
  }

  stop(): Promise<void> {
    return this.host.stop();
  }

  private async process(batch: FetchedPartition, out: LaneOutput): Promise<void> {
    while (batch.records.next()) {
      const record = batch.records.retain();
      const request = await this.requestReader.read(record.value).catch(() => null);
      if (request) await this.answer(request, record, out);
      else out.produce(this.made.deadLettersTopic, record.partition, record.key, record.value);
    }
  }

  private async answer(request: PredictionRequest, record: KafkaRecord, out: LaneOutput): Promise<void> {
    this.requests.push(request);
    this.headers.push(record.headers);
    const verdict = await this.verdict(request);
    if (verdict === null) return;
    const response: PredictionResponse = {
      requestId: request.requestId,
      requestPartition: record.partition,
      requestOffset: record.offset,
      status: 'PREDICTED',
      reasonCode: null,
      warnings: [],
      outputs: null,
      decision: null,
      releaseRevision: 1,
      runtime: 'test',
      decidedAt: Date.now(),
      ...verdict,
    };
    const carried = record.rawHeaders.filter(([name]) => name === 'reply-to' || name === 'correlation-id');
    const value = frame(this.made.responseSchemaId, this.codec.encode(response));
    out.produce(this.made.responsesTopic, record.partition, record.key, value, carried);
    this.answered++;
  }
}

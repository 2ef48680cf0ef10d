import {
  avroOf,
  type DeadLetter,
  type EndpointCreated,
  endpointTopics,
  type LabelledExample,
  labelledRecord,
  type Outcome,
  outcomeSchema,
  type PredictionRequest,
  type PredictionResponse,
} from '@millrace/contracts';
import { AvroCodec, FRAME_BYTES, frame, type KafkaRecord, parseSchema } from '@millrace/messaging';
import type { E2ePlatform } from './e2e-platform';

const NEVER = new AbortController().signal;

/** The topics of one endpoint as an outside client uses them: raw bytes in, decoded records out. */
export class EndpointTopics {
  private readonly codec: AvroCodec<PredictionRequest>;
  private readonly responses: AvroCodec<PredictionResponse>;
  private readonly outcomes: AvroCodec<Outcome>;
  private readonly labelled: AvroCodec<LabelledExample>;

  private constructor(
    private readonly platform: E2ePlatform,
    readonly endpoint: EndpointCreated,
  ) {
    this.codec = AvroCodec.of(parseSchema(endpoint.requestSchema));
    this.responses = AvroCodec.of(parseSchema(endpoint.responseSchema));
    const { endpoint: name, major, signature } = endpoint;
    this.outcomes = AvroCodec.of(parseSchema(JSON.stringify(outcomeSchema(name, major))));
    this.labelled = AvroCodec.of(parseSchema(JSON.stringify(avroOf(labelledRecord(name, major, signature)))));
  }

  static async of(platform: E2ePlatform, name: string): Promise<EndpointTopics> {
    const view = await platform.json<{ majors: EndpointCreated[] }>('endpoint', 'show', name);
    return new EndpointTopics(platform, view.majors.at(-1)!);
  }

  request(
    requestId: string,
    features: Record<string, unknown> = {},
    change: Partial<PredictionRequest> = {},
  ): PredictionRequest {
    const sensible = { origin: 'SFO', destination: 'JFK', distance: 2586, departure: 988_700_000_000 };
    return {
      requestId,
      eventTime: null,
      deadline: null,
      caller: null,
      features: { ...sensible, ...features } as PredictionRequest['features'],
      ...change,
    };
  }

  encode(request: PredictionRequest): Buffer {
    return frame(this.endpoint.requestSchemaId, this.codec.encode(request));
  }

  /** Puts raw values with these keys to the requests; answers where each stands. */
  send(
    records: readonly { readonly key: string; readonly value: Buffer }[],
  ): Promise<{ partition: number; offset: number }[]> {
    return this.sendTo(this.endpoint.requestsTopic, records);
  }

  /** What really happened after requests. */
  async tell(outcomes: readonly Outcome[]): Promise<void> {
    const { outcomesTopic, outcomeSchemaId } = this.endpoint;
    const value = (outcome: Outcome) => frame(outcomeSchemaId, this.outcomes.encode(outcome));
    await this.sendTo(
      outcomesTopic,
      outcomes.map((outcome) => ({ key: outcome.requestId, value: value(outcome) })),
    );
  }

  private async sendTo(topic: string, records: readonly { readonly key: string; readonly value: Buffer }[]) {
    const producer = (await this.platform.kafka()).idempotentProducer();
    try {
      return await producer.send(
        topic,
        records.map(({ key, value }) => ({ key: Buffer.from(key), value })),
      );
    } finally {
      await producer.close();
    }
  }

  async readRequests(): Promise<{ record: KafkaRecord; request: PredictionRequest }[]> {
    const records = await this.readAll(this.endpoint.requestsTopic);
    return records.map((record) => ({ record, request: this.codec.decode(record.value!, FRAME_BYTES) }));
  }

  async readResponses(): Promise<{ record: KafkaRecord; response: PredictionResponse }[]> {
    const records = await this.readAll(this.endpoint.responsesTopic);
    return records.map((record) => ({ record, response: this.responses.decode(record.value!, FRAME_BYTES) }));
  }

  async readOutcomes(): Promise<{ record: KafkaRecord; outcome: Outcome }[]> {
    const records = await this.readAll(this.endpoint.outcomesTopic);
    return records.map((record) => ({ record, outcome: this.outcomes.decode(record.value!, FRAME_BYTES) }));
  }

  /** In the order of learning. */
  async readLabelled(): Promise<LabelledExample[]> {
    const { endpoint, major } = this.endpoint;
    const records = await this.readAll(endpointTopics(endpoint, major).labelled.name);
    return records.map(({ value }) => this.labelled.decode(value!, FRAME_BYTES));
  }

  async readDeadLetters(codec: AvroCodec<DeadLetter>): Promise<DeadLetter[]> {
    return (await this.readAll(this.endpoint.deadLettersTopic)).map((record) =>
      codec.decode(record.value!, FRAME_BYTES),
    );
  }

  /** Every committed record of a topic, partition by partition in order. */
  async readAll(topic: string): Promise<KafkaRecord[]> {
    const kafka = await this.platform.kafka();
    const ends = await kafka.admin.endOffsets(topic, 'committed');
    const reader = kafka.partitionReader({ topic, maxWaitMs: 100 });
    const records: KafkaRecord[] = [];
    try {
      for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
      const behind = () => [...ends].some(([partition, end]) => end > 0 && reader.position(topic, partition) < end);
      while (behind())
        for (const batch of await reader.fetch(NEVER))
          while (batch.records.next()) records.push(batch.records.retain());
    } finally {
      await reader.close();
    }
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }
}

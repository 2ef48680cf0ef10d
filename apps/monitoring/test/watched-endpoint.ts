import {
  avroOf,
  DatasetJudged,
  EndpointCreated,
  endpointTopics,
  type LabelledExample,
  labelledRecord,
  ModelVersionRegistered,
  type PredictionRequest,
  type PredictionResponse,
  ReleaseActivated,
  type ResponseStatus,
  RunPlanned,
  requestSchema,
  responseSchema,
  sampleOf,
  Topics,
  topicConfig,
} from '@millrace/contracts';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { type ServiceUnderTest, seededRandom } from '@millrace/testing';
import { aPlan, aProfile, aVersion } from '../src/domain/domain-fixtures';

const PARTITIONS = 2;
const HOUR = 3_600_000;
export const MAY = Date.UTC(2001, 4, 1);
/** An hour that has begun. */
export const SENT_AT = Math.floor(Date.now() / HOUR) * HOUR;

export interface Asked {
  readonly distance: number | null;
  readonly origin: string;
  readonly eventTime: number | null;
  readonly partition: number;
  readonly status?: ResponseStatus;
  readonly probability?: number;
  /** When the request was sent; `SENT_AT` unless given. Never long ago: the broker deletes what is older than the topic keeps. */
  readonly sentAt?: number;
}

/** Flights as in training, evenly over some hours and both partitions. */
export function flights(from: number, hours: number, perHour: number, more: Partial<Asked> = {}): Asked[] {
  const random = seededRandom(from / HOUR + perHour);
  return Array.from({ length: hours * perHour }, (_, index) => {
    const cell = random();
    return {
      distance: Math.floor(random() * 10 + (cell < 0.44 ? 0 : cell < 0.77 ? 10 : 50)),
      origin: random() < 0.67 ? 'SFO' : 'LAX',
      eventTime: from + Math.floor((index * HOUR) / perHour),
      partition: index % 2,
      probability: random(),
      ...more,
    };
  });
}

interface Labelled {
  readonly topic: string;
  readonly schemaId: number;
  readonly codec: AvroCodec<LabelledExample>;
}

/** Monitoring with an endpoint as registry, training and validation make it, and its topics as producers and lanes use them. */
export class WatchedEndpoint {
  private asked = 0;

  private constructor(
    private readonly service: ServiceUnderTest,
    readonly created: EndpointCreated,
    private readonly requests: AvroCodec<PredictionRequest>,
    private readonly responses: AvroCodec<PredictionResponse>,
    readonly labelled: Labelled,
  ) {}

  static async make(service: ServiceUnderTest, name: string): Promise<WatchedEndpoint> {
    const version = aVersion({ model: name, run: `run-of-${name}`, dataset: `${name}:1` });
    const { signature } = version;
    const topics = endpointTopics(name, 1, PARTITIONS);
    const made = [topics.requests, topics.responses, topics.labelled];
    await service.kafka.admin.createTopics(
      made.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
    );
    const texts = {
      requests: JSON.stringify(requestSchema(name, 1, signature)),
      responses: JSON.stringify(responseSchema(name, 1, signature)),
    };
    const labelled = JSON.stringify(avroOf(labelledRecord(name, 1, signature)));
    const register = (topic: { name: string }, text: string) =>
      service.schemas.register(`${topic.name}-value`, parseSchema(text));
    const created: EndpointCreated = {
      ...sampleOf(EndpointCreated),
      endpoint: name,
      major: 1,
      partitions: PARTITIONS,
      requestsTopic: topics.requests.name,
      responsesTopic: topics.responses.name,
      requestSchemaId: await register(topics.requests, texts.requests),
      responseSchemaId: await register(topics.responses, texts.responses),
      requestSchema: texts.requests,
      responseSchema: texts.responses,
      signature,
      model: name,
      version: 1,
    };
    await tellOrigins(service, name, version);
    await service.publish(EndpointCreated, name, created);
    return new WatchedEndpoint(
      service,
      created,
      AvroCodec.of<PredictionRequest>(parseSchema(texts.requests)),
      AvroCodec.of<PredictionResponse>(parseSchema(texts.responses)),
      {
        topic: topics.labelled.name,
        schemaId: await register(topics.labelled, labelled),
        codec: AvroCodec.of<LabelledExample>(parseSchema(labelled)),
      },
    );
  }

  /** Labelled examples as ingestion writes them. */
  async label(examples: readonly LabelledExample[]): Promise<void> {
    const { topic, schemaId, codec } = this.labelled;
    const producer = this.service.kafka.idempotentProducer();
    await producer.send(
      topic,
      examples.map((example) => ({ key: null, timestamp: SENT_AT, value: frame(schemaId, codec.encode(example)) })),
    );
    await producer.close();
  }

  /** Code and bytes of what monitoring could not read on one of its topics, once there are so many. */
  async deadLettersOf(topic: string, count: number): Promise<unknown[][]> {
    const letters = async () =>
      (await this.service.facts(Topics.monitoringDeadLetters)).filter(({ data }) => String(data.topic).endsWith(topic));
    const found = await this.service.until('dead letters', letters, ({ length }) => length >= count);
    return found.map(({ data }) => [data.reasonCode, data.value]);
  }

  get family(): string {
    return `${this.created.endpoint}.v1`;
  }

  /** Requests and the responses to them, as a lane writes them: same partition, same order. */
  async answer(rows: readonly Asked[]): Promise<void> {
    const { requestsTopic, responsesTopic, requestSchemaId, responseSchemaId } = this.created;
    const producer = this.service.kafka.idempotentProducer();
    const requests = rows.map((row) => this.requestOf(row));
    const sentAt = rows.map((row) => row.sentAt ?? SENT_AT);
    const placed = await producer.send(
      requestsTopic,
      requests.map((request, index) => ({
        partition: rows[index]!.partition,
        key: null,
        timestamp: sentAt[index]!,
        value: frame(requestSchemaId, this.requests.encode(request)),
      })),
    );
    await producer.send(
      responsesTopic,
      requests.map((request, index) => ({
        partition: rows[index]!.partition,
        key: null,
        timestamp: sentAt[index]! + 20,
        value: frame(
          responseSchemaId,
          this.responses.encode(this.responseTo(request, rows[index]!, placed[index]!, sentAt[index]!)),
        ),
      })),
    );
    await producer.close();
  }

  private requestOf({ origin, distance, eventTime }: Asked): PredictionRequest {
    const features = { origin, distance: distance ?? Number.NaN, departure: 0, wind: [1, 2, 3] };
    return { requestId: `q${this.asked++}`, eventTime, deadline: null, caller: null, features };
  }

  private responseTo(
    { requestId }: PredictionRequest,
    { status = 'PREDICTED', probability = 0.5 }: Asked,
    { partition, offset }: { readonly partition: number; readonly offset: number },
    sentAt: number,
  ): PredictionResponse {
    const decided = status === 'PREDICTED';
    return {
      requestId,
      requestPartition: partition,
      requestOffset: offset,
      status,
      reasonCode: decided ? null : 'NOT_FINITE:distance',
      warnings: [],
      outputs: decided ? { probability } : null,
      decision: decided
        ? {
            model: this.created.model,
            version: 1,
            modelDigest: 'd',
            arm: 'champion',
            armProbability: 1,
            batch: { firstOffset: offset, index: 0, size: 1 },
          }
        : null,
      releaseRevision: 1,
      runtime: 'r',
      decidedAt: sentAt + 15,
    };
  }
}

/** What the other services have said about the version before it was released. */
async function tellOrigins(service: ServiceUnderTest, name: string, version: ModelVersionRegistered): Promise<void> {
  const content = JSON.stringify({ format: 'millrace-profile', version: 1, ...aProfile });
  const profile = { ...(await service.artifacts.put(Buffer.from(content))), mediaType: 'application/json' };
  const { dataset, run } = version as { dataset: string; run: string };
  await service.publish(DatasetJudged, dataset, { ...sampleOf(DatasetJudged), dataset, profile });
  await service.publish(RunPlanned, run, { ...sampleOf(RunPlanned), run, dataset, plan: aPlan, verdict: 'ACCEPTED' });
  await service.publish(ModelVersionRegistered, name, version);
  const { artifact, signature } = version;
  const arm = { arm: 'champion', model: name, version: 1, artifact, signature, probability: 1 };
  await service.publish(ReleaseActivated, name, {
    ...sampleOf(ReleaseActivated),
    endpoint: name,
    major: 1,
    revision: 1,
    arms: [arm],
  });
}

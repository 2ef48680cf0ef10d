import {
  DatasetJudged,
  EndpointCreated,
  endpointTopics,
  ModelVersionRegistered,
  type PredictionRequest,
  type PredictionResponse,
  ReleaseActivated,
  type ResponseStatus,
  RunPlanned,
  requestSchema,
  responseSchema,
  sampleOf,
  topicConfig,
} from '@millrace/contracts';
import { AvroCodec, frame, parseSchema } from '@millrace/messaging';
import { ServiceUnderTest } from '@millrace/testing';
import { aPlan, aProfile, aVersion } from '../src/domain/domain-fixtures';

const PARTITIONS = 2;

export interface Asked {
  readonly distance: number | null;
  readonly origin: string;
  readonly eventTime: number | null;
  readonly partition: number;
  readonly status?: ResponseStatus;
  readonly probability?: number;
  /** When the request was sent; an hour after the event unless given. */
  readonly sentAt?: number;
}

/** Monitoring with an endpoint as registry, training and validation make it, and its topics as producers and lanes use them. */
export class WatchedEndpoint {
  private asked = 0;

  private constructor(
    private readonly service: ServiceUnderTest,
    readonly created: EndpointCreated,
    private readonly requests: AvroCodec<PredictionRequest>,
    private readonly responses: AvroCodec<PredictionResponse>,
  ) {}

  static async make(service: ServiceUnderTest, name: string): Promise<WatchedEndpoint> {
    const version = aVersion({ model: name, run: `run-of-${name}`, dataset: `${name}:1` });
    const { signature } = version;
    const topics = endpointTopics(name, 1, PARTITIONS);
    const made = [topics.requests, topics.responses];
    // Records of a spec are sent years ago: retention would delete them under its hands.
    const kept = { 'retention.ms': '-1' };
    await service.kafka.admin.createTopics(
      made.map((topic) => ({
        name: topic.name,
        partitions: topic.partitions,
        config: { ...topicConfig(topic), ...kept },
      })),
    );
    const texts = {
      requests: JSON.stringify(requestSchema(name, 1, signature)),
      responses: JSON.stringify(responseSchema(name, 1, signature)),
    };
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
    );
  }

  get family(): string {
    return `${this.created.endpoint}.v1`;
  }

  /** Requests and the responses to them, as a lane writes them: same partition, same order. */
  async answer(rows: readonly Asked[]): Promise<void> {
    const { requestsTopic, responsesTopic, requestSchemaId, responseSchemaId } = this.created;
    const producer = this.service.kafka.idempotentProducer();
    const requests = rows.map((row) => this.requestOf(row));
    const sentAt = rows.map((row) => row.sentAt ?? (row.eventTime ?? 0) + 3_600_000);
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

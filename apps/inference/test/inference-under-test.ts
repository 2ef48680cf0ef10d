import { randomUUID } from 'node:crypto';
import path from 'node:path';
import {
  type Arm,
  avroOf,
  DeadLetter,
  EndpointCreated,
  EndpointRetired,
  endpointTopics,
  type InputChecks,
  type ModelSignature,
  ModelVersionRegistered,
  type PredictionRequest,
  type PredictionResponse,
  ReleaseActivated,
  ReleaseHalted,
  requestSchema,
  responseSchema,
  type TopicDefinition,
  topicConfig,
} from '@millrace/contracts';
import { AvroCodec, FRAME_BYTES, frame, parseSchema } from '@millrace/messaging';
import { type Fact, makeInstallation, ServiceUnderTest } from '@millrace/testing';
import { signature as sampleSignature, scaleModel } from './sample-models';

export type Features = { readonly x: number | null; readonly colour?: string | null };
export type RequestChange = Partial<Omit<PredictionRequest, 'features'>> & {
  readonly partition?: number;
  readonly key?: string;
  readonly headers?: [string, string][];
  readonly schemaId?: number;
};

/** An endpoint as the registry would have made it, with the shapes of its records. */
export interface Served {
  readonly created: EndpointCreated;
  readonly requests: AvroCodec<PredictionRequest>;
  readonly responses: AvroCodec<PredictionResponse>;
}

/** Inference, with the registry, the gateway and the producers played by the spec. */
export class InferenceUnderTest extends ServiceUnderTest {
  private readonly revisions = new Map<string, number>();
  private sent = 0;

  static async prepare(): Promise<InferenceUnderTest> {
    const installation = await makeInstallation('inference');
    return new InferenceUnderTest(installation, {
      MILLRACE_RUN_FOLDER: path.join(installation.folder, 'run'),
      MILLRACE_HEALTH_PORT: '0',
    });
  }

  get artifactFolder(): string {
    return path.join(this.folder, 'artifacts');
  }

  get runFolder(): string {
    return path.join(this.folder, 'run');
  }

  /** Process ids of the lane workers that were started, in order. */
  laneWorkers(): number[] {
    return [...this.output.matchAll(/^.*"Started a lane worker".*$/gm)].map(
      ([line]) => (JSON.parse(line) as { pid: number }).pid,
    );
  }

  async endpoint(name: string, partitions = 1, shape: ModelSignature = sampleSignature()): Promise<Served> {
    const topics = endpointTopics(name, 1, partitions);
    await this.kafka.admin.createTopics(
      Object.values(topics).map((topic) => ({ name: topic.name, partitions, config: topicConfig(topic) })),
    );
    const request = parseSchema(JSON.stringify(requestSchema(name, 1, shape)));
    const response = parseSchema(JSON.stringify(responseSchema(name, 1, shape)));
    await this.schemas.register(`${topics.deadLetters.name}-value`, parseSchema(JSON.stringify(avroOf(DeadLetter))));
    const created: EndpointCreated = {
      aggregateVersion: 1,
      occurredAt: Date.now(),
      endpoint: name,
      major: 1,
      partitions,
      requestsTopic: topics.requests.name,
      responsesTopic: topics.responses.name,
      deadLettersTopic: topics.deadLetters.name,
      outcomesTopic: topics.outcomes.name,
      requestSchemaId: await this.schemas.register(`${topics.requests.name}-value`, request),
      responseSchemaId: await this.schemas.register(`${topics.responses.name}-value`, response),
      outcomeSchemaId: 1,
      requestSchema: request.text,
      responseSchema: response.text,
      signature: shape,
      model: 'sample',
      version: 1,
      description: '',
      createdBy: 'ann',
    };
    await this.publish(EndpointCreated, name, created);
    return { created, requests: AvroCodec.of(request), responses: AvroCodec.of(response) };
  }

  async retire(endpoint: string): Promise<void> {
    const data = { aggregateVersion: 2, occurredAt: Date.now(), endpoint, reason: 'old', by: 'ann' };
    await this.publish(EndpointRetired, endpoint, data);
  }

  /** Puts a model into the store. */
  async model(bytes: Uint8Array = scaleModel(2)): Promise<string> {
    return (await this.artifacts.put(bytes)).digest;
  }

  /** The fact that a version exists. */
  async version(version: number, digest: string, shape: ModelSignature = sampleSignature()): Promise<void> {
    const data: ModelVersionRegistered = {
      aggregateVersion: version,
      occurredAt: Date.now(),
      model: 'sample',
      version,
      artifact: { digest, size: 1, mediaType: 'application/onnx' },
      signature: shape,
      origin: 'IMPORT',
      run: null,
      dataset: null,
      datasetDigest: null,
      learner: null,
      metrics: {},
      description: '',
      registeredBy: 'ann',
    };
    await this.publish(ModelVersionRegistered, 'sample', data);
  }

  /** @returns the release revision; it is the version too unless another is named, as by a roll back. */
  async release(
    endpoint: string,
    digest: string,
    shape: ModelSignature = sampleSignature(),
    version?: number,
    inputChecks: InputChecks | null = null,
  ): Promise<number> {
    const revision = (this.revisions.get(endpoint) ?? 0) + 1;
    this.revisions.set(endpoint, revision);
    const artifact = { digest, size: 1, mediaType: 'application/onnx' };
    const arm: Arm = {
      arm: 'live',
      model: 'sample',
      version: version ?? revision,
      artifact,
      signature: shape,
      probability: 1,
    };
    const data: ReleaseActivated = {
      aggregateVersion: revision,
      occurredAt: Date.now(),
      endpoint,
      release: randomUUID(),
      major: 1,
      revision,
      arms: [arm],
      salt: 's',
      inputChecks,
    };
    await this.publish(ReleaseActivated, endpoint, data);
    return revision;
  }

  /** The kill switch. @returns when it stood on the log, milliseconds since 1970 */
  async halt(endpoint: string): Promise<number> {
    const revision = (this.revisions.get(endpoint) ?? 0) + 1;
    this.revisions.set(endpoint, revision);
    const said = { aggregateVersion: revision, occurredAt: Date.now(), endpoint, release: 'r', reason: '', by: 'ann' };
    await this.publish(ReleaseHalted, endpoint, { ...said, revision });
    return Date.now();
  }

  /** Sends requests to partition 0 unless said otherwise, in order. @returns their ids. */
  async ask({ created, requests }: Served, all: readonly Features[], change: RequestChange = {}): Promise<string[]> {
    const { partition = 0, key, headers, schemaId = created.requestSchemaId, ...fields } = change;
    const asked = all.map(({ x, colour = null }) => ({
      requestId: `r${this.sent++}`,
      eventTime: null,
      deadline: null,
      caller: null,
      features: { x, colour },
      ...fields,
    }));
    const records = asked.map((request) => ({
      partition,
      key: key === undefined ? null : Buffer.from(key),
      value: frame(schemaId, requests.encode(request)),
      ...(headers === undefined ? {} : { headers }),
    }));
    await this.producer.send(created.requestsTopic, records);
    return asked.map(({ requestId }) => requestId);
  }

  async askBytes({ created }: Served, values: readonly (Buffer | null)[]): Promise<void> {
    const headers: [string, string][] = [['trace', 't']];
    const records = values.map((value) => ({ partition: 0, key: Buffer.from('k'), value, headers }));
    await this.producer.send(created.requestsTopic, records);
  }

  /** Every response there is, by partition and offset. */
  async responses({ created, responses }: Served): Promise<PredictionResponse[]> {
    return (await this.records(created.responsesTopic)).map(({ value }) =>
      responses.decode(value as Buffer, FRAME_BYTES),
    );
  }

  /** Waits until there are at least so many responses. */
  async answers(served: Served, count: number, timeoutMs?: number): Promise<PredictionResponse[]> {
    const read = () => this.responses(served);
    return this.until(`${count} responses`, read, ({ length }) => length >= count, timeoutMs);
  }

  async deadLetters({ created }: Served): Promise<DeadLetter[]> {
    const codec = AvroCodec.of<DeadLetter>(parseSchema(JSON.stringify(avroOf(DeadLetter))));
    return (await this.records(created.deadLettersTopic)).map(({ value }) =>
      codec.decode(value as Buffer, FRAME_BYTES),
    );
  }

  async factsOnce(topic: TopicDefinition, count: number): Promise<Fact[]> {
    return this.until(
      `${count} facts on ${topic.name}`,
      () => this.facts(topic),
      ({ length }) => length >= count,
    );
  }
}

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileArtifactStore } from '@millrace/artifacts';
import {
  type Arm,
  avroOf,
  DeadLetter,
  EndpointCreated,
  EndpointRetired,
  endpointTopics,
  type ModelSignature,
  ModelVersionRegistered,
  type PredictionRequest,
  type PredictionResponse,
  type RecordSchema,
  ReleaseActivated,
  requestSchema,
  responseSchema,
  silentLogger,
  type TopicDefinition,
  topicConfig,
} from '@millrace/contracts';
import {
  AvroCodec,
  type CommandSigner,
  ControlReader,
  DirectEvents,
  FRAME_BYTES,
  frame,
  KafkaClient,
  type KafkaRecord,
  parseSchema,
  type Received,
  RecordEncoder,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { signature as sampleSignature, scaleModel } from './sample-models';

const ROOT = path.join(__dirname, '../../..');
const INSTALLATION = 'installation-under-test';
const KEY_ID = 'gateway-1';
const WAIT_MS = 60_000;

/** What of the test library is needed here; specs hand it in, since only they may import it. */
export interface Surroundings {
  readonly ground: { readonly kafka: string; readonly prefix: string };
  readonly registryUrl: string;
  readonly spawn: (script: string, options: { env: Record<string, string | undefined> }) => TestProcess;
}

export interface TestProcess {
  readonly output: string;
  readonly pid: number;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>;
  waitFor(pattern: string, timeoutMs?: number): Promise<void>;
}

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

/** Contracts, artifacts and keys of an installation; plays the registry, the gateway and the producers. */
export class InferenceUnderTest {
  private process: TestProcess | null = null;
  private readonly producer: ReturnType<KafkaClient['idempotentProducer']>;
  private readonly events: DirectEvents;
  private readonly revisions = new Map<string, number>();
  private sent = 0;
  readonly artifacts: FileArtifactStore;

  private constructor(
    private readonly surroundings: Surroundings,
    private readonly environment: Readonly<Record<string, string>>,
    readonly folder: string,
    readonly kafka: KafkaClient,
    readonly schemas: SchemaRegistryClient,
    private readonly signer: CommandSigner,
  ) {
    this.artifacts = new FileArtifactStore(this.artifactFolder);
    this.producer = kafka.idempotentProducer();
    const encoder = new RecordEncoder(schemas, 'spec');
    this.events = new DirectEvents(this.producer, encoder, { now: Date.now }, (name) => kafka.prefixed(name));
  }

  static async prepare(surroundings: Surroundings): Promise<InferenceUnderTest> {
    const { ground, registryUrl } = surroundings;
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-inference-'));
    const signer = await writeKeys(folder);
    const environment = {
      KAFKA_BROKERS: ground.kafka,
      MILLRACE_PREFIX: ground.prefix,
      SCHEMA_REGISTRY_URL: registryUrl,
      MILLRACE_ARTIFACTS: path.join(folder, 'artifacts'),
      MILLRACE_TRUSTED_KEYS: path.join(folder, 'trusted-keys.json'),
      MILLRACE_RUN_FOLDER: path.join(folder, 'run'),
      MILLRACE_HEALTH_PORT: '0',
    };
    const apply = surroundings.spawn(path.join(ROOT, 'libs/service/src/contracts-apply.ts'), { env: environment });
    if ((await apply.exit).code !== 0) throw new Error(`The contracts were not applied:\n${apply.output}`);
    const settings = { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix };
    const kafka = await KafkaClient.connect(settings, silentLogger);
    const schemas = new SchemaRegistryClient({ url: registryUrl, prefix: ground.prefix });
    return new InferenceUnderTest(surroundings, environment, folder, kafka, schemas, signer);
  }

  get artifactFolder(): string {
    return path.join(this.folder, 'artifacts');
  }

  get runFolder(): string {
    return path.join(this.folder, 'run');
  }

  get output(): string {
    return this.process?.output ?? '';
  }

  async start(more: Readonly<Record<string, string>> = {}): Promise<TestProcess> {
    const env = { ...this.environment, ...more };
    this.process = this.surroundings.spawn(path.join(__dirname, '../src/main.ts'), { env });
    await this.process.waitFor('inference runs', WAIT_MS);
    return this.process;
  }

  async stop(): Promise<void> {
    const exit = await this.process?.kill('SIGTERM');
    this.process = null;
    if (exit && exit.code !== 0) throw new Error(`The service did not end well: ${JSON.stringify(exit)}`);
  }

  async clear(): Promise<void> {
    await this.process?.kill();
    await this.producer.close();
    await this.kafka.close();
    await rm(this.folder, { recursive: true, force: true });
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
    await this.events.publish(EndpointCreated, name, created, { id: randomUUID() });
    return { created, requests: AvroCodec.of(request), responses: AvroCodec.of(response) };
  }

  async retire(endpoint: string): Promise<void> {
    const data = { aggregateVersion: 2, occurredAt: Date.now(), endpoint, reason: 'old', by: 'ann' };
    await this.events.publish(EndpointRetired, endpoint, data, { id: randomUUID() });
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
      metrics: {},
      description: '',
      registeredBy: 'ann',
    };
    await this.events.publish(ModelVersionRegistered, 'sample', data, { id: randomUUID() });
  }

  /** @returns the release revision; it is the version too unless another is named, as by a roll back. */
  async release(
    endpoint: string,
    digest: string,
    shape: ModelSignature = sampleSignature(),
    version?: number,
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
      inputChecks: null,
    };
    await this.events.publish(ReleaseActivated, endpoint, data, { id: randomUUID() });
    return revision;
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
  async answers(served: Served, count: number, timeoutMs = WAIT_MS): Promise<PredictionResponse[]> {
    return until(
      () => this.responses(served),
      (responses) => responses.length >= count,
      timeoutMs,
      () => `There are not ${count} responses. The service says:\n${this.output.slice(-20_000)}`,
    );
  }

  async deadLetters({ created }: Served): Promise<DeadLetter[]> {
    const codec = AvroCodec.of<DeadLetter>(parseSchema(JSON.stringify(avroOf(DeadLetter))));
    return (await this.records(created.deadLettersTopic)).map(({ value }) =>
      codec.decode(value as Buffer, FRAME_BYTES),
    );
  }

  /** Sends a command, signed unless said otherwise. */
  async command<T>(record: RecordSchema<T>, key: string, data: T, signed = true): Promise<string> {
    const id = randomUUID();
    if (signed) await this.events.command(record, key, data, { id, actor: 'ann', signer: this.signer });
    else await this.events.publish(record, key, data, { id });
    return id;
  }

  async facts(topic: TopicDefinition): Promise<Received<Record<string, unknown>>[]> {
    const reader = new ControlReader(this.schemas, topic.records);
    const received = await Promise.all((await this.records(topic.name)).map((record) => reader.read(record)));
    return received as Received<Record<string, unknown>>[];
  }

  async factsOnce(topic: TopicDefinition, count: number): Promise<Received<Record<string, unknown>>[]> {
    return until(
      () => this.facts(topic),
      (facts) => facts.length >= count,
      WAIT_MS,
      () => `There are not ${count} facts on ${topic.name}. The service says:\n${this.output.slice(-20_000)}`,
    );
  }

  /** Everything on a topic up to its last stable offset, by partition and offset. */
  async records(topic: string): Promise<KafkaRecord[]> {
    const ends = await this.kafka.admin.endOffsets(topic, 'committed');
    const reader = this.kafka.partitionReader({ maxWaitMs: 100 });
    for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
    const records: KafkaRecord[] = [];
    while ([...ends].some(([partition, end]) => reader.position(topic, partition) < end))
      for (const batch of await reader.fetch(AbortSignal.timeout(10_000)))
        while (batch.records.next()) records.push(batch.records.retain());
    await reader.close();
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }
}

async function until<T>(
  read: () => Promise<T>,
  enough: (value: T) => boolean,
  timeoutMs: number,
  complaint: () => string,
): Promise<T> {
  for (const end = performance.now() + timeoutMs; ; ) {
    const value = await read();
    if (enough(value)) return value;
    if (performance.now() > end) throw new Error(complaint());
    await sleep(100);
  }
}

async function writeKeys(folder: string): Promise<CommandSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const trusted = { installation: INSTALLATION, keys: [{ keyId: KEY_ID, service: 'gateway', publicKey: key }] };
  await writeFile(path.join(folder, 'trusted-keys.json'), JSON.stringify(trusted));
  return { installation: INSTALLATION, keyId: KEY_ID, privateKey };
}

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileArtifactStore } from '@millrace/artifacts';
import { type RecordSchema, silentLogger, type TopicDefinition, Topics } from '@millrace/contracts';
import {
  type CommandSigner,
  ControlReader,
  DirectEvents,
  KafkaClient,
  type KafkaRecord,
  type Received,
  RecordEncoder,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { createDataSource } from '@millrace/persistence';

const ROOT = join(__dirname, '../../..');
const INSTALLATION = 'installation-under-test';
const KEY_ID = 'gateway-1';
const WAIT_MS = 60_000;

/** What of the test library is needed here; specs hand it in, since only they may import it. */
export interface Surroundings {
  readonly ground: { readonly kafka: string; readonly databaseUrl: string; readonly prefix: string };
  readonly registryUrl: string;
  readonly spawn: (
    script: string,
    options: { env: Record<string, string | undefined>; args?: readonly string[] },
  ) => TestProcess;
}

export interface TestProcess {
  readonly output: string;
  readonly pid: number;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal?: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>;
  waitFor(pattern: string, timeoutMs?: number): Promise<void>;
}

export type Fact = Received<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The service as a process of its own, with workers of its own or of the spec, on the broker and database of the test run. */
export class TrainingUnderTest {
  private process: TestProcess | null = null;
  private readonly events: DirectEvents;
  private readonly producer: ReturnType<KafkaClient['idempotentProducer']>;
  readonly artifacts: FileArtifactStore;

  private constructor(
    private readonly surroundings: Surroundings,
    private readonly environment: Environment,
    readonly folder: string,
    readonly kafka: KafkaClient,
    readonly schemas: SchemaRegistryClient,
    private readonly signer: CommandSigner,
  ) {
    this.artifacts = new FileArtifactStore(join(folder, 'artifacts'));
    this.producer = kafka.idempotentProducer();
    const encoder = new RecordEncoder(schemas, 'spec');
    this.events = new DirectEvents(this.producer, encoder, { now: () => Date.now() }, (name) => kafka.prefixed(name));
  }

  static async prepare(surroundings: Surroundings): Promise<TrainingUnderTest> {
    const { ground, registryUrl } = surroundings;
    const folder = await mkdtemp(join(tmpdir(), 'millrace-training-'));
    const signer = await writeKeys(folder);
    const environment = {
      KAFKA_BROKERS: ground.kafka,
      MILLRACE_PREFIX: ground.prefix,
      SCHEMA_REGISTRY_URL: registryUrl,
      DATABASE_URL: ground.databaseUrl,
      MILLRACE_ARTIFACTS: join(folder, 'artifacts'),
      MILLRACE_TRUSTED_KEYS: join(folder, 'trusted-keys.json'),
    };
    const apply = surroundings.spawn(join(ROOT, 'libs/service/src/contracts-apply.ts'), { env: environment });
    if ((await apply.exit).code !== 0) throw new Error(`The contracts were not applied:\n${apply.output}`);
    const settings = { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix };
    const kafka = await KafkaClient.connect(settings, silentLogger);
    const schemas = new SchemaRegistryClient({ url: registryUrl, prefix: ground.prefix });
    return new TrainingUnderTest(surroundings, environment, folder, kafka, schemas, signer);
  }

  async start(more: Environment = {}): Promise<TestProcess> {
    this.process = this.surroundings.spawn(join(__dirname, '../src/main.ts'), {
      env: { ...this.environment, ...more },
    });
    await this.process.waitFor('training runs', WAIT_MS);
    return this.process;
  }

  /** A worker that nobody supervises, as a user would start one. */
  worker(more: Environment = {}): TestProcess {
    return this.surroundings.spawn(join(__dirname, '../src/worker/main.ts'), { env: { ...this.environment, ...more } });
  }

  get output(): string {
    return this.process?.output ?? '';
  }

  async stop(): Promise<void> {
    const exit = await this.process?.kill('SIGTERM');
    this.process = null;
    if (exit && exit.code !== 0) throw new Error(`The service did not end well: ${JSON.stringify(exit)}`);
  }

  /** kill -9. */
  async die(): Promise<void> {
    await this.process?.kill('SIGKILL');
    this.process = null;
  }

  async clear(): Promise<void> {
    await this.process?.kill();
    await this.producer.close();
    await this.kafka.close();
    await rm(this.folder, { recursive: true, force: true });
    const { databaseUrl: url, prefix } = this.surroundings.ground;
    const schema = `${prefix.replaceAll('.', '_')}training`;
    const database = await createDataSource({ url, schema }, silentLogger);
    await database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await database.destroy();
  }

  /** Sends a signed command; the same id twice is a doubled command. */
  async command<T>(record: RecordSchema<T>, key: string, data: T, id: string = randomUUID()): Promise<string> {
    await this.events.command(record, key, data, { id, actor: 'ann', signer: this.signer });
    return id;
  }

  async publish<T>(record: RecordSchema<T>, key: string, data: T): Promise<void> {
    await this.events.publish(record, key, data, { id: randomUUID() });
  }

  async facts(topic: TopicDefinition): Promise<Fact[]> {
    const reader = new ControlReader(this.schemas, topic.records);
    const received = await Promise.all((await this.records(topic.name)).map((record) => reader.read(record)));
    return received as Fact[];
  }

  /** The first fact of the topic that a command caused. */
  answer(topic: TopicDefinition, command: string): Promise<Fact> {
    return this.await(
      `answer to ${command}`,
      () => this.facts(topic),
      (fact) => fact.causationId === command,
    );
  }

  async factsOf(run: string): Promise<Fact[]> {
    return (await this.facts(Topics.runs)).filter((fact) => fact.key === run);
  }

  async reportsOf(run: string): Promise<Fact[]> {
    return (await this.facts(Topics.workerReports)).filter((fact) => fact.data.run === run);
  }

  /** The first record for which `wanted` says yes. */
  async await(
    what: string,
    read: () => Promise<Fact[]>,
    wanted: (fact: Fact) => boolean,
    timeoutMs = WAIT_MS,
  ): Promise<Fact> {
    for (const until = Date.now() + timeoutMs; ; ) {
      const found = (await read()).find(wanted);
      if (found) return found;
      if (Date.now() > until) throw new Error(`There came no ${what}. The service says:\n${this.output}`);
      await sleep(200);
    }
  }

  fact(run: string, record: { readonly fullName: string }, timeoutMs?: number): Promise<Fact> {
    const what = `${record.fullName} of ${run}`;
    return this.await(
      what,
      () => this.factsOf(run),
      (fact) => fact.record === record.fullName,
      timeoutMs,
    );
  }

  /** Everything on a topic up to its last stable offset. */
  private async records(topic: string): Promise<KafkaRecord[]> {
    const ends = await this.kafka.admin.endOffsets(topic, 'committed');
    const reader = this.kafka.partitionReader({ maxWaitMs: 100 });
    for (const partition of ends.keys()) reader.assign(topic, partition, 'start');
    const records: KafkaRecord[] = [];
    while ([...ends].some(([partition, end]) => reader.position(topic, partition) < end))
      for (const batch of await reader.fetch(AbortSignal.timeout(10_000)))
        while (batch.records.next()) records.push(batch.records.retain());
    await reader.close();
    return records;
  }
}

async function writeKeys(folder: string): Promise<CommandSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const trusted = { installation: INSTALLATION, keys: [{ keyId: KEY_ID, service: 'gateway', publicKey: key }] };
  await writeFile(join(folder, 'trusted-keys.json'), JSON.stringify(trusted));
  return { installation: INSTALLATION, keyId: KEY_ID, privateKey };
}

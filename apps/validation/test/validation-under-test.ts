import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileArtifactStore } from '@millrace/artifacts';
import { type RecordSchema, silentLogger, type TopicDefinition } from '@millrace/contracts';
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

/** The service as a process of its own, on the broker and database of the test run. */
export class ValidationUnderTest {
  private process: TestProcess | null = null;
  private readonly events: DirectEvents;
  private readonly producer: ReturnType<KafkaClient['idempotentProducer']>;
  readonly artifacts: FileArtifactStore;

  private constructor(
    private readonly surroundings: Surroundings,
    private readonly environment: Environment,
    readonly folder: string,
    readonly kafka: KafkaClient,
    private readonly schemas: SchemaRegistryClient,
    private readonly signer: CommandSigner,
  ) {
    this.artifacts = new FileArtifactStore(join(folder, 'artifacts'));
    this.producer = kafka.idempotentProducer();
    const encoder = new RecordEncoder(schemas, 'spec');
    this.events = new DirectEvents(this.producer, encoder, { now: () => Date.now() }, (name) => kafka.prefixed(name));
  }

  static async prepare(surroundings: Surroundings): Promise<ValidationUnderTest> {
    const { ground, registryUrl } = surroundings;
    const folder = await mkdtemp(join(tmpdir(), 'millrace-validation-'));
    const signer = await writeKeys(folder);
    const environment = {
      KAFKA_BROKERS: ground.kafka,
      MILLRACE_PREFIX: ground.prefix,
      SCHEMA_REGISTRY_URL: registryUrl,
      DATABASE_URL: ground.databaseUrl,
      MILLRACE_ARTIFACTS: join(folder, 'artifacts'),
      MILLRACE_SCRATCH: folder,
      MILLRACE_WORK_LEASE: '3000',
      MILLRACE_TRUSTED_KEYS: join(folder, 'trusted-keys.json'),
    };
    const apply = surroundings.spawn(join(ROOT, 'libs/service/src/contracts-apply.ts'), { env: environment });
    if ((await apply.exit).code !== 0) throw new Error(`The contracts were not applied:\n${apply.output}`);
    const settings = { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix };
    const kafka = await KafkaClient.connect(settings, silentLogger);
    const schemas = new SchemaRegistryClient({ url: registryUrl, prefix: ground.prefix });
    return new ValidationUnderTest(surroundings, environment, folder, kafka, schemas, signer);
  }

  async start(more: Environment = {}): Promise<TestProcess> {
    this.process = this.surroundings.spawn(join(__dirname, '../src/main.ts'), {
      env: { ...this.environment, ...more },
    });
    await this.process.waitFor('validation runs', WAIT_MS);
    return this.process;
  }

  get output(): string {
    return this.process?.output ?? '';
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
    const { databaseUrl: url, prefix } = this.surroundings.ground;
    const schema = `${prefix.replaceAll('.', '_')}validation`;
    const database = await createDataSource({ url, schema }, silentLogger);
    await database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await database.destroy();
  }

  /** Sends a signed command; the same id twice is a doubled command. */
  async command<T>(
    record: RecordSchema<T>,
    key: string,
    data: T,
    id: string = randomUUID(),
    signer = this.signer,
  ): Promise<string> {
    await this.events.command(record, key, data, { id, actor: 'ann', signer });
    return id;
  }

  /** An event of another service; the same id twice is a repeat. */
  async publish<T>(record: RecordSchema<T>, key: string, data: T, id: string = randomUUID()): Promise<string> {
    await this.events.publish(record, key, data, { id });
    return id;
  }

  /** Bytes that nobody framed. */
  async garbage(topic: TopicDefinition): Promise<void> {
    await this.producer.send(topic.name, [{ key: Buffer.from('x'), value: Buffer.from('no avro') }]);
  }

  async facts(topic: TopicDefinition): Promise<Fact[]> {
    const reader = new ControlReader(this.schemas, topic.records);
    const received = await Promise.all((await this.records(topic.name)).map((record) => reader.read(record)));
    return received as Fact[];
  }

  async answersTo(topic: TopicDefinition, cause: string): Promise<Fact[]> {
    return (await this.facts(topic)).filter((fact) => fact.causationId === cause);
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

  /** The first fact that a command or event has caused on a topic. */
  answer(topic: TopicDefinition, cause: string): Promise<Fact> {
    return this.await(
      `answer to ${cause}`,
      () => this.facts(topic),
      (fact) => fact.causationId === cause,
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

/** A signer whose key nobody trusts. */
export const strangerSigner = (): CommandSigner => ({
  installation: INSTALLATION,
  keyId: KEY_ID,
  privateKey: generateKeyPairSync('ed25519').privateKey,
});

async function writeKeys(folder: string): Promise<CommandSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const trusted = { installation: INSTALLATION, keys: [{ keyId: KEY_ID, service: 'gateway', publicKey: key }] };
  await writeFile(join(folder, 'trusted-keys.json'), JSON.stringify(trusted));
  return { installation: INSTALLATION, keyId: KEY_ID, privateKey };
}

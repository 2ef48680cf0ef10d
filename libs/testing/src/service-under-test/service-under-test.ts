import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileArtifactStore } from '@millrace/artifacts';
import type { RebuildLine, RebuildReport, RecordSchema, TopicDefinition } from '@millrace/contracts';
import {
  type CommandSigner,
  ControlReader,
  DirectEvents,
  type KafkaClient,
  type KafkaRecord,
  type Received,
  RecordEncoder,
  type SchemaRegistryClient,
} from '@millrace/messaging';
import { type NodeProcess, spawnNode } from '../processes';
import { clearInstallation, type Environment, type Installation, onTables } from './installation';

const ROOT = join(__dirname, '../../../..');
const WAIT_MS = 60_000;

export type Fact = Received<Record<string, unknown>>;

export type Rebuilt = RebuildReport & {
  readonly exitCode: number | null;
  /** What it said beside its report. */
  readonly failed: Extract<RebuildLine, { rebuild: 'failed' }> | null;
};

export interface CommandOptions {
  /** The same id twice is a doubled command. */
  readonly id?: string;
  /** The gateway by default; null sends the record without a signature. */
  readonly signer?: CommandSigner | null;
  /** `ann` by default. */
  readonly actor?: string;
}

/**
 * A service as a process of its own, on the broker and database of the test run. The spec plays everybody else: it sends
 * commands as the gateway would, facts as other services would, and reads what the service says from its topics.
 */
export class ServiceUnderTest {
  private process: NodeProcess | null = null;
  private readonly events: DirectEvents;
  /** Of its own: for records that no service would write. */
  readonly producer: ReturnType<KafkaClient['idempotentProducer']>;
  readonly artifacts: FileArtifactStore;

  constructor(
    readonly installation: Installation,
    private readonly settings: Environment = {},
  ) {
    const { kafka, schemas, folder } = installation;
    this.artifacts = new FileArtifactStore(join(folder, 'artifacts'));
    this.producer = kafka.idempotentProducer();
    const encoder = new RecordEncoder(schemas, 'spec');
    this.events = new DirectEvents(this.producer, encoder, { now: () => Date.now() }, (name) => kafka.prefixed(name));
  }

  get folder(): string {
    return this.installation.folder;
  }

  get kafka(): KafkaClient {
    return this.installation.kafka;
  }

  get schemas(): SchemaRegistryClient {
    return this.installation.schemas;
  }

  get output(): string {
    return this.process?.output ?? '';
  }

  /** @param more settings of this start alone; `MILLRACE_CRASH_AT` names a place at which the process kills itself. */
  async start(more: Environment = {}): Promise<NodeProcess> {
    const { service } = this.installation;
    this.process = this.spawn(`apps/${service}/src/main.ts`, more);
    await this.process.waitFor(`${service} runs`, WAIT_MS);
    return this.process;
  }

  /** Another process of the installation, such as a worker that nobody supervises. `script` is a path in the workspace. */
  spawn(script: string, more: Environment = {}, args: readonly string[] = []): NodeProcess {
    const env = { ...this.installation.environment, ...this.settings, ...more };
    return spawnNode(join(ROOT, script), { args, env });
  }

  /** Rebuilds the service's tables from the log, in a process of its own beside it. @param swap also put the rebuilt rows in */
  async rebuild(swap = false): Promise<Rebuilt> {
    const args = ['rebuild', ...(swap ? ['--swap'] : [])];
    const process = this.spawn(`apps/${this.installation.service}/src/main.ts`, {}, args);
    const { code: exitCode } = await process.exit;
    const lines = process.output.split('\n').filter((text) => text.startsWith('{"rebuild":'));
    const said = lines.map((text) => JSON.parse(text) as RebuildLine);
    const failed = said.find((line) => line.rebuild === 'failed') ?? null;
    for (const line of said) if (line.rebuild === 'report') return { ...line.report, exitCode, failed };
    throw new Error(`There came no report of a rebuild:\n${process.output}`);
  }

  /** Asks it to stop, and throws when it did not end well. */
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
    await clearInstallation(this.installation);
  }

  /** @returns the command's id. */
  async command<T>(record: RecordSchema<T>, key: string, data: T, options: CommandOptions = {}): Promise<string> {
    const { id = randomUUID(), signer = this.installation.signer, actor = 'ann' } = options;
    if (signer) await this.events.command(record, key, data, { id, actor, signer });
    else await this.events.publish(record, key, data, { id });
    return id;
  }

  /** A record of another service; the same id twice is a repeat. @returns its id. */
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

  /** SQL on the service's own tables: to look at them, or to damage them. */
  query<T>(sql: string, parameters: unknown[] = []): Promise<T> {
    return onTables(this.installation, (database) => database.query(sql, parameters));
  }

  /** The first fact that a command or event has caused on a topic. */
  answer(topic: TopicDefinition, cause: string): Promise<Fact> {
    const read = () => this.facts(topic);
    return this.await(`answer to ${cause}`, read, ({ causationId }) => causationId === cause);
  }

  /** The first fact for which `wanted` says yes. */
  async await(
    what: string,
    read: () => Promise<Fact[]>,
    wanted: (fact: Fact) => boolean,
    timeoutMs?: number,
  ): Promise<Fact> {
    const found = async () => (await read()).find(wanted);
    return (await this.until(what, found, (fact) => fact !== undefined, timeoutMs))!;
  }

  /** Reads until there is enough; throws, with what the service has said, when the time is over before. */
  async until<T>(what: string, read: () => Promise<T>, enough: (value: T) => boolean, timeoutMs = WAIT_MS): Promise<T> {
    for (const end = performance.now() + timeoutMs; ; ) {
      const value = await read();
      if (enough(value)) return value;
      if (performance.now() > end) throw new Error(`There came no ${what}. The service says:\n${this.output}`);
      await sleep(100);
    }
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

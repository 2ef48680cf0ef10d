import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  DeadLetter,
  LiftQuarantine,
  ModelVersionRegistered,
  type RecordSchema,
  RegisterSource,
  SourceRefused,
  sampleOf,
  silentLogger,
  type TopicDefinition,
  Topics,
} from '@millrace/contracts';
import {
  ControlReader,
  DirectEvents,
  KafkaClient,
  type Received,
  RecordEncoder,
  SchemaRegistryClient,
} from '@millrace/messaging';
import { createDataSource } from '@millrace/persistence';
import { eventually, FaultProxy, MemoryRegistry, type NodeProcess, spawnNode, testGround } from '@millrace/testing';
import { applyContracts } from './apply-contracts';
import { databaseSchemaOf } from './platform/process-identity';

const ground = testGround();
const installation = randomUUID();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = { installation, keyId: 'gateway-1', privateKey };
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-service-'));
const trustedKeys = path.join(folder, 'trusted-keys.json');

let registry: MemoryRegistry;
let kafka: KafkaClient;
let schemas: SchemaRegistryClient;
let events: DirectEvents;

beforeAll(async () => {
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const keys = [{ keyId: 'gateway-1', service: 'gateway', publicKey: spki }];
  writeFileSync(trustedKeys, JSON.stringify({ installation, keys }));
  registry = await MemoryRegistry.start();
  const settings = { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix };
  kafka = await KafkaClient.connect(settings, silentLogger);
  schemas = new SchemaRegistryClient({ url: registry.url, prefix: ground.prefix });
  const encoder = new RecordEncoder(schemas, 'spec');
  events = new DirectEvents(kafka.idempotentProducer(), encoder, { now: Date.now }, (topic) => kafka.prefixed(topic));
  await applyContracts(kafka, schemas, silentLogger);
});

afterAll(async () => {
  await kafka?.close();
  await registry?.close();
  await dropSchema(databaseSchemaOf('ingestion', ground.prefix));
  rmSync(folder, { recursive: true, force: true });
});

const dropSchema = (schema: string) => onSchema(schema, `DROP SCHEMA "${schema}" CASCADE`);

async function onSchema(schema: string, sql: string): Promise<unknown[]> {
  const dataSource = await createDataSource({ url: ground.databaseUrl, schema }, silentLogger);
  try {
    return await dataSource.query(sql);
  } finally {
    await dataSource.destroy();
  }
}

interface Tiny {
  readonly process: NodeProcess;
  page(name: string): Promise<{ status: number; text: string }>;
}

/** Resolves when its health pages answer, which is long before it is ready. */
async function startTiny(env: Record<string, string> = {}, args: string[] = [], parent?: string): Promise<Tiny> {
  const script = path.join(__dirname, 'tiny-service.fixture.ts');
  const process = spawnNode(parent ?? script, {
    args: parent ? [script] : args,
    env: {
      KAFKA_BROKERS: ground.kafka,
      DATABASE_URL: ground.databaseUrl,
      SCHEMA_REGISTRY_URL: registry.url,
      MILLRACE_PREFIX: ground.prefix,
      MILLRACE_TRUSTED_KEYS: trustedKeys,
      MILLRACE_ARTIFACTS: path.join(folder, 'artifacts'),
      MILLRACE_LOG_LEVEL: 'debug',
      ...env,
    },
  });
  await process.waitFor(/"healthPort":\d+/);
  const port = /"healthPort":(\d+)/.exec(process.output)?.[1];
  return {
    process,
    async page(name) {
      const response = await fetch(`http://127.0.0.1:${port}/${name}`);
      return { status: response.status, text: await response.text() };
    },
  };
}

const readyWithin = (tiny: Tiny, timeoutMs = 30_000) =>
  eventually(async () => expect(await tiny.page('health/ready')).toMatchObject({ status: 200 }), { timeoutMs });

/** Everything of one type on a topic of one partition, read by the spec itself. */
async function recordsOn<T>(topic: TopicDefinition, record: RecordSchema<T>): Promise<Received<T>[]> {
  const end = (await kafka.admin.endOffsets(topic.name)).get(0) ?? 0;
  if (end === 0) return [];
  const reader = kafka.partitionReader({ topic: topic.name, maxWaitMs: 100 });
  reader.assign(topic.name, 0, 0);
  const control = new ControlReader(schemas, [record]);
  const found: Received<T>[] = [];
  while (reader.position(topic.name, 0) < end) {
    for (const batch of await reader.fetch(AbortSignal.timeout(10_000))) {
      while (batch.records.next()) {
        const received = await control.read(batch.records.record());
        if (received) found.push(received as Received<T>);
      }
    }
  }
  await reader.close();
  return found;
}

describe('service/contracts-apply', () => {
  it('makes every topic of the catalogue and registers every schema, and does nothing the second time', async () => {
    const again = await applyContracts(kafka, schemas, silentLogger);
    expect(again.createdTopics).toEqual([]);
    expect(await kafka.admin.listTopics()).toEqual(expect.arrayContaining([Topics.sources.name, Topics.releases.name]));
    expect(registry.subjectNames).toHaveLength(again.subjects);
    expect(registry.subjectNames).toContain(
      `${ground.prefix}registry.releases.v1-io.millrace.registry.ReleaseActivated`,
    );
    expect(new Set(registry.levels.values())).toEqual(new Set(['FULL_TRANSITIVE']));
  });
});

describe('service/start-service', () => {
  it('deletes at its start what it published days ago', async () => {
    const schema = databaseSchemaOf('ingestion', ground.prefix);
    const first = await startTiny();
    await readyWithin(first);
    await first.process.kill('SIGTERM');
    await onSchema(
      schema,
      `INSERT INTO outbox (event_id, topic, headers, published_at) VALUES ('old', 't', '[]', now() - interval '2 days')`,
    );
    const second = await startTiny();
    await readyWithin(second);
    await eventually(async () =>
      expect(await onSchema(schema, `SELECT event_id FROM outbox WHERE event_id = 'old'`)).toEqual([]),
    );
    await second.process.kill('SIGTERM');
  }, 90_000);

  it.each([
    ['alone', [], 1],
    ['beside a door', ['door'], 2],
  ])('boots, works in each mode, tells metrics, beats, and ends cleanly on SIGTERM: %s', async (name, args, nth) => {
    const tiny = await startTiny({ TINY_REASON: 'Too tiny' }, args);
    await readyWithin(tiny);

    const source = `spec-${name.replaceAll(' ', '-')}`;
    const id = randomUUID();
    const register = (what: string, commandId: string) =>
      events.command(
        RegisterSource,
        what,
        { ...sampleOf(RegisterSource), source: what },
        { id: commandId, actor: 'ann', signer },
      );
    await register(source, id);
    await register('poison', randomUUID());
    await events.publish(ModelVersionRegistered, 'm', sampleOf(ModelVersionRegistered), { id: randomUUID() });
    await events.publish(LiftQuarantine, 'd', sampleOf(LiftQuarantine), { id: randomUUID() });

    await eventually(async () => {
      const refusals = await recordsOn(Topics.sources, SourceRefused);
      expect(refusals.filter(({ data }) => data.source === source)).toMatchObject([
        { data: { reason: 'Too tiny, ann' }, causationId: id },
      ]);
    });
    await eventually(async () => {
      const letters = await recordsOn(Topics.ingestionDeadLetters, DeadLetter);
      expect(letters.at(nth - 1)?.data).toMatchObject({ reasonCode: 'BAD_NAME', reason: 'A source is no poison.' });
    });
    await eventually(async () => {
      const { text } = await tiny.page('metrics');
      expect(text).toContain('millrace_tiny_folded_total 1');
      // Broadcast mode begins at the first record for every process, fold mode goes on where it was.
      expect(text).toContain(`millrace_tiny_heard ${nth}`);
      expect(text).toMatch(/millrace_handled_records_total\{.*RegisterSource.*\} 1/);
      expect(text).toMatch(/millrace_dead_letters_total\{.*BAD_NAME.*\} 1/);
      expect(text).toContain('millrace_outbox_published_total 2');
      expect(text).toContain('millrace_outbox_rows 0');
      expect(text).toContain('millrace_service_ready 1');
      expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    });
    expect(JSON.parse((await tiny.page('info')).text)).toMatchObject({
      service: 'ingestion',
      emits: [SourceRefused.fullName],
    });
    await eventually(async () =>
      expect((await kafka.admin.endOffsets(Topics.ingestionStatus.name)).get(0)).toBeGreaterThan(0),
    );

    if (args.length > 0) {
      const door = /"port":(\d+),"msg":"The door is open"/.exec(tiny.process.output)?.[1];
      expect(await (await fetch(`http://127.0.0.1:${door}/heard`)).json()).toEqual({ heard: nth });
    }
    const asked = performance.now();
    expect(await tiny.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(tiny.process.output).toMatch(/"clean":true/);
    expect(tiny.process.output).not.toContain(new URL(ground.databaseUrl).password);
  });

  it('says everything that is wrong with its settings and ends', async () => {
    const tiny = spawnNode(path.join(__dirname, 'tiny-service.fixture.ts'), {
      env: { KAFKA_BROKERS: 'nonsense', DATABASE_URL: undefined, MILLRACE_LOG_LEVEL: 'loud' },
    });
    expect(await tiny.exit).toEqual({ code: 78, signal: null });
    for (const name of ['KAFKA_BROKERS', 'DATABASE_URL', 'MILLRACE_LOG_LEVEL']) expect(tiny.output).toContain(name);
  });

  it('ends cleanly when its parent is gone', async () => {
    const tiny = await startTiny({}, [], path.join(__dirname, 'parent.fixture.ts'));
    await readyWithin(tiny);
    // Its output stays open until the last process that holds it has ended: so this waits for the service too.
    expect(await tiny.process.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(tiny.process.output).toMatch(/the parent process is gone[\s\S]*"clean":true/);
  });

  it('waits for a broker and a database that are away, says so, and goes on when they come back', async () => {
    const broker = await FaultProxy.start({ target: ground.kafka, protocol: 'kafka' });
    const { hostname, port, protocol, username, password, pathname } = new URL(ground.databaseUrl);
    const database = await FaultProxy.start({ target: `${hostname}:${port}` });
    await Promise.all([broker.refuse(), database.refuse()]);
    const tiny = await startTiny({
      KAFKA_BROKERS: broker.address,
      DATABASE_URL: `${protocol}//${username}:${password}@${database.address}${pathname}`,
    });
    const reasonsToHold = async (pattern: RegExp) => {
      const { status, text } = await tiny.page('health/ready');
      expect([status, text]).toEqual([503, expect.stringMatching(pattern)]);
      expect((await tiny.page('health/live')).status).toBe(200);
    };
    await eventually(() => reasonsToHold(/"kafka: (?!not reached yet)/));
    await broker.accept();
    await eventually(() => reasonsToHold(/"database: PostgreSQL at .* does not answer/), { timeoutMs: 30_000 });
    await database.accept();
    await readyWithin(tiny);

    await broker.refuse();
    broker.cut();
    await eventually(() => reasonsToHold(/"kafka: /), { timeoutMs: 30_000 });
    await broker.accept();
    await readyWithin(tiny, 60_000);

    await database.refuse();
    database.cut();
    await eventually(() => reasonsToHold(/"database: /), { timeoutMs: 30_000 });
    await database.accept();
    await readyWithin(tiny, 60_000);

    expect(await tiny.process.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await Promise.all([broker.close(), database.close()]);
  }, 240_000);
});

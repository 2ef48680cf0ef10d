import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  allTopics,
  avroOf,
  type Logger,
  type RebuildReport,
  type RecordSchema,
  silentLogger,
  subjectOf,
  type TopicDefinition,
  topicConfig,
  topicOf,
} from '@millrace/contracts';
import { DirectEvents, KafkaClient, parseSchema, RecordEncoder, SchemaRegistryClient } from '@millrace/messaging';
import { BaseTables1700000000000, createDataSource } from '@millrace/persistence';
import { type RunningService, rebuildService, startService } from '@millrace/service';
import { FaultProxy, MemoryRegistry, testGround } from '@millrace/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import supertest from 'supertest';
import { configureHttp } from '../src/configure-http';
import { gatewayFlow } from '../src/gateway.flow';
import { GatewayModule } from '../src/gateway.module';
import { gatewaySettings } from '../src/gateway.settings';
import { GatewayTables1764000000000 } from '../src/persistence/migrations/1-gateway-tables';

export const KEYS = {
  admin: 'key-of-admin',
  approver: 'key-of-approver',
  caller: 'key-of-caller',
  viewer: 'key-of-viewer',
} as const;
export type Role = keyof typeof KEYS;

export const TRUSTED_INSTALLATION = '00000000-0000-4000-8000-000000000001';

/** A gateway in this process on the real broker and the real database, each behind a proxy that can be taken away. */
export class GatewayGround {
  /** Schemas of everything, on the same broker but not through the proxy: what owners and clients do. */
  readonly kafka: KafkaClient;
  readonly schemas: SchemaRegistryClient;

  private constructor(
    readonly prefix: string,
    private readonly registry: MemoryRegistry,
    private readonly folder: string,
    readonly environment: Record<string, string>,
    readonly kafkaProxy: FaultProxy,
    readonly databaseProxy: FaultProxy,
    private readonly databaseUrl: string,
    outside: { kafka: KafkaClient; schemas: SchemaRegistryClient },
    private running: RunningService,
  ) {
    this.kafka = outside.kafka;
    this.schemas = outside.schemas;
  }

  static async start(more: Record<string, string> = {}, logger: Logger = silentLogger): Promise<GatewayGround> {
    const { kafka: brokers, databaseUrl, prefix } = testGround();
    const registry = await MemoryRegistry.start();
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-gateway-'));
    await writeKeys(folder);
    const kafka = await KafkaClient.connect({ brokers: [brokers], clientId: 'outside', prefix }, silentLogger);
    const schemas = new SchemaRegistryClient({ url: registry.url, prefix });
    await makeContracts(kafka, schemas);
    const kafkaProxy = await FaultProxy.start({ target: brokers, protocol: 'kafka' });
    const url = new URL(databaseUrl);
    const databaseProxy = await FaultProxy.start({ target: `${url.hostname}:${url.port}` });
    url.host = databaseProxy.address;
    const environment = {
      KAFKA_BROKERS: kafkaProxy.address,
      MILLRACE_PREFIX: prefix,
      DATABASE_URL: url.href,
      SCHEMA_REGISTRY_URL: registry.url,
      MILLRACE_KEYS: folder,
      MILLRACE_TRUSTED_KEYS: path.join(folder, 'trusted-keys.json'),
      MILLRACE_API_KEYS: path.join(folder, 'api-keys.json'),
      MILLRACE_ARTIFACTS: path.join(folder, 'artifacts'),
      MILLRACE_GATEWAY_PORT: '0',
      ...more,
    };
    const running = await startGateway(environment, logger);
    const outside = { kafka, schemas };
    return new GatewayGround(
      prefix,
      registry,
      folder,
      environment,
      kafkaProxy,
      databaseProxy,
      databaseUrl,
      outside,
      running,
    );
  }

  get application(): NestExpressApplication {
    return this.running.application as NestExpressApplication;
  }

  /** A client of the running door. */
  get http() {
    return supertest(this.application.getHttpServer() as Server);
  }

  /** What a scrape of the gateway gives. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.running.healthPort}/metrics`)).text();
  }

  /** Says something as its owner would. */
  async say<T>(
    service: string,
    record: RecordSchema<T>,
    key: string,
    data: T,
    { causationId, topic = topicOf(record) }: { causationId?: string; topic?: TopicDefinition } = {},
  ): Promise<void> {
    const producer = this.kafka.idempotentProducer();
    const events = new DirectEvents(producer, new RecordEncoder(this.schemas, service), { now: Date.now }, (name) =>
      this.kafka.prefixed(name),
    );
    const cause = causationId ? { id: causationId, correlationId: causationId, traceparent: null } : undefined;
    await events.publish(record, key, data, { id: randomUUID(), topic, ...(cause ? { cause } : {}) });
    await producer.close();
  }

  /** A second gateway with the same keys and database; stop it yourself. */
  async startAnother(): Promise<{ http: ReturnType<typeof supertest>; stop(): Promise<boolean> }> {
    const running = await startGateway(this.environment, silentLogger);
    const server = (running.application as NestExpressApplication).getHttpServer() as Server;
    return { http: supertest(server), stop: () => running.stop() };
  }

  /** Its views, folded once more from the log beside it. */
  rebuild(): Promise<RebuildReport> {
    const { environment } = this;
    return rebuildService(GATEWAY, { swap: false, told: () => {} }, { environment, logger: silentLogger });
  }

  /** Ends the process's work as SIGTERM does and starts it anew, with the same state. */
  async restart(): Promise<void> {
    await this.stopGateway();
    this.running = await startGateway(this.environment, silentLogger);
  }

  async stop(): Promise<void> {
    await this.stopGateway();
    await this.kafka.close();
    await Promise.all([this.kafkaProxy.close(), this.databaseProxy.close(), this.registry.close()]);
    await this.dropSchema();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async stopGateway(): Promise<void> {
    if (!(await this.running.stop())) throw new Error('The gateway did not stop in order.');
  }

  private async dropSchema(): Promise<void> {
    const schema = `${this.prefix.replace('.', '_')}gateway`;
    const migrations = [BaseTables1700000000000, GatewayTables1764000000000];
    const dataSource = await createDataSource({ url: this.databaseUrl, schema, migrations }, silentLogger);
    await dataSource.query(`DROP SCHEMA IF EXISTS "${schema}", "${schema}_rebuild" CASCADE`);
    await dataSource.destroy();
  }
}

/** A server that is away refuses connections and has dropped those that were open. */
export async function away(proxy: FaultProxy): Promise<void> {
  await proxy.refuse();
  await proxy.cut();
}

export const back = (proxy: FaultProxy): Promise<void> => proxy.accept();

const GATEWAY: Parameters<typeof startService<typeof gatewaySettings.definitions>>[0] = {
  name: 'gateway',
  module: GatewayModule,
  settings: gatewaySettings,
  flow: gatewayFlow,
  migrations: [BaseTables1700000000000, GatewayTables1764000000000],
  http: { port: (settings) => settings.MILLRACE_GATEWAY_PORT, configure: configureHttp },
};

const startGateway = (environment: Record<string, string>, logger: Logger): Promise<RunningService> =>
  startService(GATEWAY, { environment, logger });

async function makeContracts(kafka: KafkaClient, schemas: SchemaRegistryClient): Promise<void> {
  await kafka.admin.createTopics(
    allTopics.map((topic) => ({ name: topic.name, partitions: topic.partitions, config: topicConfig(topic) })),
  );
  for (const topic of allTopics)
    for (const record of topic.records)
      await schemas.register(subjectOf(topic, record), parseSchema(JSON.stringify(avroOf(record))));
}

async function writeKeys(folder: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const write = (name: string, text: string | Buffer) => writeFile(path.join(folder, name), text);
  await write('gateway.private.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const keys = [{ keyId: 'gateway-1', service: 'gateway', publicKey: spki }];
  await write('trusted-keys.json', JSON.stringify({ installation: TRUSTED_INSTALLATION, keys }));
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const actors = Object.entries(KEYS).map(([role, key]) => ({ actor: role, keySha256: sha256(key), roles: [role] }));
  await write('api-keys.json', JSON.stringify({ keys: actors }));
}

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Service, silentLogger } from '@millrace/contracts';
import { type CommandSigner, KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { createDataSource } from '@millrace/persistence';
import { type TestGround, testGround } from '../ground';
import { spawnNode } from '../processes';
import { MemoryRegistry } from '../schema-registry';

export type Environment = Readonly<Record<string, string | undefined>>;

const INSTALLATION = 'installation-under-test';
const KEY_ID = 'gateway-1';
const CONTRACTS_APPLY = join(__dirname, '../../../service/src/contracts-apply.ts');

/** What one service finds when it is started: contracts on the broker and in a registry, a folder, keys, settings. */
export interface Installation {
  readonly service: Service;
  readonly ground: TestGround;
  readonly registry: MemoryRegistry;
  /** Its own; removed at the end. */
  readonly folder: string;
  /** Settings that every service understands. */
  readonly environment: Environment;
  readonly kafka: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  /** Signs as the gateway. */
  readonly signer: CommandSigner;
}

export async function makeInstallation(service: Service): Promise<Installation> {
  const ground = testGround();
  const registry = await MemoryRegistry.start();
  const folder = await mkdtemp(join(tmpdir(), `millrace-${service}-`));
  const signer = await writeKeys(folder);
  const environment = {
    KAFKA_BROKERS: ground.kafka,
    MILLRACE_PREFIX: ground.prefix,
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: ground.databaseUrl,
    MILLRACE_ARTIFACTS: join(folder, 'artifacts'),
    MILLRACE_SCRATCH: folder,
    MILLRACE_TRUSTED_KEYS: join(folder, 'trusted-keys.json'),
    MILLRACE_WORK_LEASE: '3000',
  };
  const apply = spawnNode(CONTRACTS_APPLY, { env: environment });
  if ((await apply.exit).code !== 0) throw new Error(`The contracts were not applied:\n${apply.output}`);
  const settings = { brokers: [ground.kafka], clientId: 'spec', prefix: ground.prefix };
  const kafka = await KafkaClient.connect(settings, silentLogger);
  const schemas = new SchemaRegistryClient({ url: registry.url, prefix: ground.prefix });
  return { service, ground, registry, folder, environment, kafka, schemas, signer };
}

/** The topics stay: the broker ends with the test run. */
export async function clearInstallation(installation: Installation): Promise<void> {
  const { kafka, registry, folder } = installation;
  await kafka.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
  await clearTables(installation);
}

/** For a spec that runs a second service on the installation: the tables of that one. */
export const clearTables = (installation: Pick<Installation, 'ground' | 'service'>): Promise<void> =>
  onTables(installation, async (database, schema) => {
    await database.query(`DROP SCHEMA IF EXISTS "${schema}", "${schema}_rebuild" CASCADE`);
  });

/** Work on the service's own schema: to look into its tables, or to damage them. */
export async function onTables<T>(
  { ground, service }: Pick<Installation, 'ground' | 'service'>,
  work: (database: Awaited<ReturnType<typeof createDataSource>>, schema: string) => Promise<T>,
): Promise<T> {
  const schema = `${ground.prefix.replaceAll('.', '_')}${service.replaceAll('-', '_')}`;
  const database = await createDataSource({ url: ground.databaseUrl, schema }, silentLogger);
  try {
    return await work(database, schema);
  } finally {
    await database.destroy();
  }
}

/** A signer whose key nobody trusts, under the name of one that is. */
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

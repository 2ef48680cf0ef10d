/**
 * With `internal-shapes.ts`, the only file that knows private names of kafkajs. The package is pinned to one version, and
 * {@link assertKafkajsInternals} checks at start that every name used here still exists, so a changed kafkajs fails before
 * the first record and by name.
 *
 * kafkajs gives bootstrap, TLS and SASL sockets, metadata and coordinator look-up, group membership and topic creation.
 * Records never pass through it (docs/adr/0004).
 */

import type { Logger } from '@millrace/contracts';
import { Kafka, type Kafka as PublicKafka } from 'kafkajs';
import kafkajsPackage from 'kafkajs/package.json';
import { KafkaError } from '../client/kafka-error';
import type { KafkaSettings } from '../client/settings';
import { cureConnection } from './connection-cures';
import type {
  BrokerAddress,
  KafkajsBroker,
  KafkajsCluster,
  KafkajsConnection,
  KafkajsConnectionPool,
} from './internal-shapes';
import { kafkajsLogCreator } from './log-bridge';

const PINNED_VERSION = '2.2.4';
const CREATE_CLUSTER = 'private:Kafka:createCluster';

type ClusterFactory = (options: object) => KafkajsCluster;

/** A kafkajs client whose every connection, of our own and of its consumers and admins, is cured (see `connection-cures.ts`). */
export interface CuredKafkajs {
  /** The public API of kafkajs: for group membership. */
  kafka: PublicKafka;
  createCluster(): KafkajsCluster;
}

export function createKafkajs(settings: KafkaSettings, logger: Logger): CuredKafkajs {
  const kafka = new Kafka({
    brokers: settings.brokers,
    clientId: settings.clientId,
    ssl: settings.ssl,
    sasl: settings.sasl as never, // the union of mechanisms is the same; kafkajs discriminates it, KafkaSettings does not
    connectionTimeout: 5_000,
    requestTimeout: settings.requestTimeoutMs ?? 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    logCreator: kafkajsLogCreator(logger),
  });
  const host = kafka as unknown as Record<symbol, ClusterFactory | undefined>;
  const key = Object.getOwnPropertySymbols(kafka).find((symbol) => symbol.description === CREATE_CLUSTER);
  const original = key === undefined ? undefined : host[key];
  if (key === undefined || typeof original !== 'function') throw missing(`Kafka[Symbol(${CREATE_CLUSTER})]`);
  const cured: ClusterFactory = (options) => cureCluster(original(options));
  host[key] = cured;
  const createCluster = () => cured({ metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: 1 });
  return { kafka, createCluster };
}

/**
 * Checks every private name on real, unconnected objects of the installed kafkajs; opens no socket.
 * @throws KafkaError KAFKAJS_INTERNALS_CHANGED naming the first missing name
 */
export async function assertKafkajsInternals(cluster: KafkajsCluster, version = kafkajsPackage.version): Promise<void> {
  if (version !== PINNED_VERSION) throw missing(`version ${PINNED_VERSION} (found ${version})`);
  need(cluster, 'cluster', { connect: 'function', disconnect: 'function', rootLogger: 'object' });
  need(cluster.connectionPoolBuilder, 'cluster.connectionPoolBuilder', { build: 'function' });
  need(cluster.brokerPool, 'cluster.brokerPool', { createBroker: 'function', findConnectedBroker: 'function' });
  if (!('versions' in cluster.brokerPool)) throw missing('cluster.brokerPool.versions');
  const pool = await cluster.connectionPoolBuilder.build({ host: 'localhost', port: 1 });
  need(pool, 'connectionPool', { getConnection: 'function', destroy: 'function', pool: 'object' });
  const connection = pool.pool[0];
  need(connection, 'connection', {
    connect: 'function',
    disconnect: 'function',
    isConnected: 'function',
    isAuthenticated: 'function',
    authenticate: 'function',
    nextCorrelationId: 'function',
    processData: 'function',
    rejectRequests: 'function',
    requestQueue: 'object',
    clientId: 'string',
    host: 'string',
    port: 'number',
    sessionLifetime: 'object',
    reauthenticationThreshold: 'number',
  });
  need(connection.sessionLifetime, 'connection.sessionLifetime', { toNumber: 'function' });
  for (const name of ['sasl', 'authHandlers']) if (!(name in connection)) throw missing(`connection.${name}`);
  need(connection.requestQueue, 'connection.requestQueue', {
    push: 'function',
    fulfillRequest: 'function',
    maybeThrottle: 'function',
    scheduleCheckPendingRequests: 'function',
    scheduleRequestTimeoutCheck: 'function',
    destroy: 'function',
    isConnected: 'function',
    pending: 'object',
    inflight: 'object',
    requestTimeout: 'number',
  });
  const broker = cluster.brokerPool.createBroker({
    logger: cluster.rootLogger,
    versions: {},
    connectionPool: pool,
    nodeId: 0,
  });
  need(broker, 'broker', {
    connect: 'function',
    disconnect: 'function',
    isConnected: 'function',
    metadata: 'function',
    findGroupCoordinator: 'function',
    createTopics: 'function',
    listGroups: 'function',
  });
}

/** A kafkajs broker object on a connection pool of its own: its first connection is ours alone. */
export async function openOwnBroker(
  cluster: KafkajsCluster,
  address: BrokerAddress,
): Promise<{ broker: KafkajsBroker; connection: KafkajsConnection }> {
  const pool = await cluster.connectionPoolBuilder.build({
    host: address.host,
    port: address.port,
    rack: address.rack,
  });
  ownPools.get(cluster)?.delete(pool);
  const broker = cluster.brokerPool.createBroker({
    logger: cluster.rootLogger,
    versions: cluster.brokerPool.versions,
    connectionPool: pool,
    nodeId: address.nodeId,
  });
  try {
    await broker.connect();
    return { broker, connection: await pool.getConnection(0) };
  } catch (error) {
    await broker.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Pools that kafkajs made for itself (bootstrap), by cluster; those of Links belong to their Link. */
const ownPools = new WeakMap<KafkajsCluster, Set<KafkajsConnectionPool>>();

/**
 * Ends the sockets that kafkajs opened for bootstrap and metadata, without waiting for what is in flight; the next look-up
 * opens them anew. After a request timed out they have to go: kafkajs would ask the same dead socket for ever.
 */
export function closeConnections(cluster: KafkajsCluster): void {
  for (const pool of ownPools.get(cluster) ?? []) {
    for (const connection of pool.pool) closeConnection(connection, 'the client gave it up');
  }
  ownPools.get(cluster)?.clear();
}

/** Ends one connection now: what is in flight is rejected, the socket is destroyed. */
export function closeConnection(connection: KafkajsConnection, reason: string): void {
  connection.rejectRequests(
    new KafkaError({
      code: 'KAFKA_UNREACHABLE',
      message: `The connection to the broker was closed: ${reason}. It is opened anew with the next request.`,
      api: 'connection',
      kafkaCode: 0,
      retriable: true,
    }),
  );
  connection.socket?.destroy();
  void connection.disconnect();
}

function remember(cluster: KafkajsCluster, pool: KafkajsConnectionPool): void {
  const pools = ownPools.get(cluster) ?? new Set();
  // kafkajs makes a new pool whenever a bootstrap address fails and forgets the old one: so do we.
  for (const old of pools) if (!old.pool.some((connection) => connection.isConnected())) pools.delete(old);
  ownPools.set(cluster, pools.add(pool));
}

function cureCluster(cluster: KafkajsCluster): KafkajsCluster {
  const builder = cluster.connectionPoolBuilder;
  if (typeof builder?.build !== 'function') throw missing('cluster.connectionPoolBuilder.build');
  const build = builder.build.bind(builder);
  builder.build = async (destination) => {
    const pool = await build(destination);
    for (const connection of pool.pool) cureConnection(connection);
    remember(cluster, pool);
    return pool;
  };
  return cluster;
}

function need(
  object: unknown,
  path: string,
  members: Record<string, 'function' | 'object' | 'string' | 'number'>,
): void {
  if (object === null || typeof object !== 'object') throw missing(path);
  for (const [name, type] of Object.entries(members)) {
    const value = (object as Record<string, unknown>)[name];
    if (typeof value !== type || value === null) throw missing(`${path}.${name} (${type})`);
  }
}

function missing(name: string): KafkaError {
  return new KafkaError({
    code: 'KAFKAJS_INTERNALS_CHANGED',
    message: `The installed kafkajs lacks ${name}, which Millrace's own record codecs need. Install kafkajs ${PINNED_VERSION} exactly (npm ci).`,
    api: 'kafkajs',
    kafkaCode: 0,
    retriable: false,
    context: { missing: name },
  });
}

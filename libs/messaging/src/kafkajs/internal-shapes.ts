/** Shapes of the private parts of kafkajs that are used; `internals.ts` checks at start that they are there. */

/** How a request in flight is answered; `payload` holds the bytes after the correlation id. */
interface QueueEntry {
  apiKey: number;
  apiName: string;
  apiVersion: number;
  correlationId: number;
  resolve(answer: { payload: Buffer }): void;
  reject(error: Error): void;
}

interface RequestInFlight {
  sentAt: number;
  requestTimeout: number;
  timeoutRequest(): void;
}

export interface KafkajsRequestQueue {
  requestTimeout: number;
  pending: unknown[];
  inflight: Map<number, RequestInFlight>;
  isConnected(): boolean;
  push(request: { entry: QueueEntry; expectResponse: boolean; requestTimeout: number; sendRequest(): void }): void;
  fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  maybeThrottle(ms: number): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  destroy(): void;
}

export interface KafkajsConnection {
  clientId: string;
  host: string;
  port: number;
  sasl: object | null;
  socket: import('node:net').Socket | undefined;
  requestQueue: KafkajsRequestQueue;
  authHandlers: object | null;
  /** How long before the end of a session it is renewed, ms. */
  reauthenticationThreshold: number;
  /** As the broker said at the log-in, ms; 0 without an end. */
  sessionLifetime: { toNumber(): number };
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  processData(chunk: Buffer): void;
  rejectRequests(error: Error): void;
}

export interface KafkajsConnectionPool {
  host: string;
  port: number;
  pool: KafkajsConnection[];
  getConnection(index: number): Promise<KafkajsConnection>;
  destroy(): Promise<void>;
}

export interface BrokerAddress {
  nodeId: number;
  host: string;
  port: number;
  rack?: string | null;
}

export interface PartitionMetadata {
  partitionId: number;
  leader: number;
}

export interface KafkajsBroker {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  metadata(topics: string[]): Promise<{
    brokers: BrokerAddress[];
    controllerId: number;
    topicMetadata: { topic: string; partitionMetadata: PartitionMetadata[] }[];
  }>;
  findGroupCoordinator(options: { groupId: string; coordinatorType: 0 | 1 }): Promise<{ coordinator: BrokerAddress }>;
  createTopics(options: {
    topics: {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: { name: string; value: string }[];
    }[];
    timeout: number;
  }): Promise<unknown>;
  listGroups(): Promise<{ groups: { groupId: string; protocolType: string }[] }>;
}

export interface KafkajsCluster {
  rootLogger: unknown;
  connectionPoolBuilder: {
    build(destination?: { host: string; port: number; rack?: string | null }): Promise<KafkajsConnectionPool>;
  };
  brokerPool: {
    versions: Record<string, { minVersion: number; maxVersion: number }> | null;
    createBroker(options: {
      logger: unknown;
      versions: unknown;
      connectionPool: KafkajsConnectionPool;
      nodeId: number;
    }): KafkajsBroker;
    findConnectedBroker(): Promise<KafkajsBroker>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

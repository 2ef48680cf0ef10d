import type { Logger } from '@millrace/contracts';
import { assertKafkajsInternals, type CuredKafkajs, createKafkajs, type KafkajsCluster } from '../kafkajs/internals';
import { Link, type LinkObserver, LinkSet } from '../kafkajs/link';
import { ClassicMembership } from '../membership/classic-membership';
import type { Membership, MembershipOptions } from '../membership/membership';
import { type IdempotentProducer, SerialIdempotentProducer } from '../producer/idempotent-producer';
import { LeaderPartitionReader, type PartitionReader, type ReaderOptions } from '../reader/partition-reader';
import { OneIdTransactionalProducer, type TransactionalProducer } from '../transaction/transactional-producer';
import { type ApiVersionsResponse, apiVersions } from '../wire/api-versions';
import { spokenApis } from '../wire/spoken-apis';
import { type ClientContext, REQUEST_TIMEOUT_MS } from './client-context';
import { ClusterMap } from './cluster-map';
import { asKafkaError, brokerError, KafkaError } from './kafka-error';
import type { KafkaSettings } from './settings';
import { BrokerTopicAdmin, type TopicAdmin } from './topic-admin';

export type { TopicAdmin };

const SOFTWARE = { softwareName: 'millrace', softwareVersion: '0.1.0' };

/** One process's way to the broker: bootstrap, admin, and the makers of readers and producers. */
export class KafkaClient {
  readonly admin: TopicAdmin;
  private readonly context: ClientContext;
  private readonly owned = new Set<{ close(): Promise<void> | void }>();

  private constructor(
    readonly settings: KafkaSettings,
    readonly logger: Logger,
    /** kafkajs itself, its connections cured: for group membership, inside this library only. */
    readonly kafkajs: CuredKafkajs,
    private readonly cluster: KafkajsCluster,
    observer: LinkObserver,
  ) {
    const openLink = (address: Parameters<typeof Link.open>[1]) => Link.open(cluster, address, observer);
    this.context = {
      prefix: settings.prefix,
      logger,
      map: new ClusterMap(cluster),
      links: new LinkSet(openLink, logger),
      openLink,
      ownLinks: () => new LinkSet(openLink, logger),
      prefixed: (name) => this.prefixed(name),
    };
    this.admin = new BrokerTopicAdmin(this.context, cluster);
  }

  /**
   * Checks the internals of kafkajs, reaches a broker, and checks that it speaks our versions and finalized transaction.version 2.
   * @throws KafkaError KAFKAJS_INTERNALS_CHANGED, KAFKA_UNREACHABLE, KAFKA_AUTHENTICATION_FAILED, KAFKA_UNSUPPORTED_VERSION,
   * KAFKA_TRANSACTION_VERSION_TOO_LOW
   */
  static async connect(settings: KafkaSettings, logger: Logger, observer: LinkObserver = {}): Promise<KafkaClient> {
    const kafkajs = createKafkajs(settings, logger);
    const cluster = kafkajs.createCluster();
    await assertKafkajsInternals(cluster);
    const client = new KafkaClient(settings, logger, kafkajs, cluster, observer);
    try {
      await cluster.connect().catch((error) => {
        throw asKafkaError(error, 'connect');
      });
      const versions = await client.apiVersions();
      assertVersions(versions);
      assertTransactionVersion(versions.finalizedFeatures, settings);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  get prefix(): string {
    return this.settings.prefix;
  }

  /** The name as the broker knows it. */
  prefixed(name: string): string {
    return this.settings.prefix + name;
  }

  partitionReader(options: ReaderOptions = {}): PartitionReader {
    return this.own(new LeaderPartitionReader(this.context, options));
  }

  idempotentProducer(): IdempotentProducer {
    return this.own(new SerialIdempotentProducer(this.context));
  }

  /** @param options timeoutMs after which the broker aborts an open transaction by itself; 60 s unless given */
  transactionalProducer(transactionalId: string, options: { timeoutMs?: number } = {}): TransactionalProducer {
    return this.own(new OneIdTransactionalProducer(this.context, transactionalId, options.timeoutMs ?? 60_000));
  }

  /** A member of a consumer group; not started yet. */
  consumerMembership(options: MembershipOptions): Membership {
    const logical = (name: string) => name.slice(this.prefix.length);
    return new ClassicMembership(this.kafkajs.kafka, (name) => this.prefixed(name), logical, options, this.logger);
  }

  /** Finalized feature levels of the cluster, for example `transaction.version` -> 2. */
  async finalizedFeatures(): Promise<Map<string, number>> {
    return (await this.apiVersions()).finalizedFeatures;
  }

  /** Closes every reader and producer made by this client, then its own sockets. */
  async close(): Promise<void> {
    await Promise.all([...this.owned].map((owned) => owned.close()));
    this.context.links.close();
    await this.cluster.disconnect().catch(() => undefined);
  }

  private own<T extends { close(): Promise<void> | void }>(made: T): T {
    this.owned.add(made);
    const close = made.close.bind(made);
    made.close = () => {
      this.owned.delete(made);
      return close() as Promise<void>;
    };
    return made;
  }

  private async apiVersions(): Promise<ApiVersionsResponse> {
    const [address] = await this.context.map.brokers();
    const link = await this.context.links.get(address, 'short');
    const response = await link.call(apiVersions, SOFTWARE, REQUEST_TIMEOUT_MS);
    if (response.errorCode !== 0) throw brokerError('ApiVersions', response.errorCode, 'version 3');
    return response;
  }
}

function assertVersions({ apis }: ApiVersionsResponse): void {
  for (const { key, name, version } of spokenApis) {
    const range = apis.get(key);
    if (range !== undefined && range.min <= version && version <= range.max) continue;
    const offered = range === undefined ? 'does not speak it' : `speaks ${range.min} to ${range.max}`;
    throw new KafkaError({
      code: 'KAFKA_UNSUPPORTED_VERSION',
      message: `Millrace speaks ${name} v${version}; this broker ${offered}. Use Apache Kafka 4.0 to 4.3.`,
      api: name,
      kafkaCode: 35,
      retriable: false,
    });
  }
}

function assertTransactionVersion(features: Map<string, number>, settings: KafkaSettings): void {
  const level = features.get('transaction.version') ?? 0;
  if (level >= 2) return;
  throw new KafkaError({
    code: 'KAFKA_TRANSACTION_VERSION_TOO_LOW',
    message: `The broker's finalized transaction.version is ${level}, and Millrace needs 2 (KIP-890). Raise it: bin/kafka-features.sh --bootstrap-server ${settings.brokers[0]} upgrade --feature transaction.version=2`,
    api: 'ApiVersions',
    kafkaCode: 0,
    retriable: false,
    context: { transactionVersion: level },
  });
}

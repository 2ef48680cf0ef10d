import type { Logger } from '@millrace/contracts';
import type { KafkajsCluster } from '../kafkajs/internal-shapes';
import { assertKafkajsInternals, type CuredKafkajs, closeConnections, createKafkajs } from '../kafkajs/internals';
import { Link, type LinkObserver, LinkSet } from '../kafkajs/link';
import { ClassicMembership } from '../membership/classic-membership';
import type { Membership, MembershipOptions } from '../membership/membership';
import { type IdempotentProducer, SerialIdempotentProducer } from '../producer/idempotent-producer';
import { LeaderPartitionReader } from '../reader/leader-partition-reader';
import type { PartitionReader, ReaderOptions } from '../reader/partition-reader';
import { OneIdTransactionalProducer } from '../transaction/one-id-transactional-producer';
import type { TransactionalProducer, TransactionalProducerOptions } from '../transaction/transactional-producer';
import { type ApiVersionsResponse, apiVersions } from '../wire/api-versions';
import { assertTransactionVersion, assertVersions } from './broker-requirements';
import type { ClientContext } from './client-context';
import { ClusterMap } from './cluster-map';
import { brokerError } from './kafka-error';
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
      requestTimeoutMs: settings.requestTimeoutMs ?? 30_000,
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
      const versions = await client.apiVersions();
      assertVersions(versions.apis);
      assertTransactionVersion(versions.finalizedFeatures, settings.brokers);
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

  transactionalProducer(transactionalId: string, options: TransactionalProducerOptions): TransactionalProducer {
    return this.own(new OneIdTransactionalProducer(this.context, transactionalId, options));
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
    closeConnections(this.cluster);
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
    const response = await link.call(apiVersions, SOFTWARE, this.context.requestTimeoutMs);
    if (response.errorCode !== 0) throw brokerError('ApiVersions', response.errorCode, 'version 3');
    return response;
  }
}

import type { BrokerAddress, KafkajsBroker, KafkajsCluster } from '../kafkajs/internal-shapes';
import { closeConnections } from '../kafkajs/internals';
import { KafkaCode } from '../wire/error-codes';
import { asKafkaError, brokerError, KafkaError } from './kafka-error';

/** How long the partitions of a topic are believed before they are asked for again. Leaders are believed until one refuses. */
const PARTITIONS_BELIEVED_MS = 30_000;

interface TopicEntry {
  leaders: Map<number, BrokerAddress>;
  readAt: number;
}

/** Who leads a partition and who coordinates a group or a transactional id: asked once, kept, forgotten when the broker says so. */
export class ClusterMap {
  private readonly topics = new Map<string, TopicEntry>();
  private readonly loading = new Map<string, Promise<TopicEntry>>();
  private readonly coordinators = new Map<string, BrokerAddress>();
  private readonly addresses = new Map<string, BrokerAddress>();

  constructor(private readonly cluster: KafkajsCluster) {}

  /** A broker that answers: of the bootstrap list, rotated when one is away. @throws KafkaError KAFKA_UNREACHABLE */
  async anyBroker(): Promise<KafkajsBroker> {
    try {
      return await this.cluster.brokerPool.findConnectedBroker();
    } catch (error) {
      throw asKafkaError(error, 'connect');
    }
  }

  async brokers(): Promise<BrokerAddress[]> {
    const broker = await this.anyBroker();
    const { brokers } = await this.asking('Metadata', broker.metadata([]));
    return brokers.map((address) => this.interned(address));
  }

  /** All topics of the broker, by full name. */
  async topicNames(): Promise<string[]> {
    const broker = await this.anyBroker();
    const { topicMetadata } = await this.asking('Metadata', broker.metadata([]));
    return topicMetadata.map(({ topic }) => topic);
  }

  /** @throws KafkaError KAFKA_UNKNOWN_TOPIC_OR_PARTITION, KAFKA_LEADER_NOT_AVAILABLE, KAFKA_UNREACHABLE */
  async leaderOf(topic: string, partition: number): Promise<BrokerAddress> {
    const known = this.topics.get(topic)?.leaders.get(partition);
    if (known !== undefined) return known;
    const { leaders } = await this.load(topic);
    const leader = leaders.get(partition);
    if (leader === undefined) {
      throw brokerError('Metadata', KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, `the leader of ${topic}/${partition}`, {
        topic,
        partition,
      });
    }
    return leader;
  }

  /** Partition ids in order; `fresh` asks the broker in any case. @throws KafkaError KAFKA_UNKNOWN_TOPIC_OR_PARTITION */
  async partitionsOf(topic: string, fresh = false): Promise<number[]> {
    const known = this.topics.get(topic);
    const believed = !fresh && known !== undefined && performance.now() - known.readAt < PARTITIONS_BELIEVED_MS;
    const { leaders } = believed ? known : await this.load(topic);
    return [...leaders.keys()].sort((a, b) => a - b);
  }

  forgetTopic(topic: string): void {
    this.topics.delete(topic);
  }

  async coordinatorOf(kind: 'group' | 'transaction', name: string): Promise<BrokerAddress> {
    const key = `${kind} ${name}`;
    const known = this.coordinators.get(key);
    if (known !== undefined) return known;
    const broker = await this.anyBroker();
    const { coordinator } = await this.asking(
      'FindCoordinator',
      broker.findGroupCoordinator({ groupId: name, coordinatorType: kind === 'group' ? 0 : 1 }),
    );
    const address = this.interned(coordinator);
    this.coordinators.set(key, address);
    return address;
  }

  forgetCoordinator(kind: 'group' | 'transaction', name: string): void {
    this.coordinators.delete(`${kind} ${name}`);
  }

  private async asking<T>(api: string, answer: Promise<T>, topic?: string): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const failure = asKafkaError(error, api);
      if (failure.code === 'KAFKA_REQUEST_TIMED_OUT') closeConnections(this.cluster);
      if (failure.kafkaCode === 0 || topic === undefined) throw failure;
      throw brokerError(api, failure.kafkaCode, `topic ${topic}`, { topic });
    }
  }

  /** One object per broker, so that who shares a leader can be told by identity. */
  private interned(address: BrokerAddress): BrokerAddress {
    const key = `${address.nodeId}@${address.host}:${address.port}`;
    const known = this.addresses.get(key) ?? address;
    this.addresses.set(key, known);
    return known;
  }

  private load(topic: string): Promise<TopicEntry> {
    const present = this.loading.get(topic);
    if (present !== undefined) return present;
    const loading = this.ask(topic).finally(() => this.loading.delete(topic));
    this.loading.set(topic, loading);
    return loading;
  }

  private async ask(topic: string): Promise<TopicEntry> {
    this.topics.delete(topic);
    const broker = await this.anyBroker();
    const { brokers, topicMetadata } = await this.asking('Metadata', broker.metadata([topic]), topic);
    const addresses = new Map(brokers.map((address) => [address.nodeId, this.interned(address)]));
    const leaders = new Map<number, BrokerAddress>();
    for (const { partitionId, leader } of topicMetadata.find((t) => t.topic === topic)?.partitionMetadata ?? []) {
      const address = addresses.get(leader);
      if (address === undefined) {
        throw brokerError('Metadata', KafkaCode.LEADER_NOT_AVAILABLE, `the leader of ${topic}/${partitionId}`, {
          topic,
        });
      }
      leaders.set(partitionId, address);
    }
    const entry = { leaders, readAt: performance.now() };
    this.topics.set(topic, entry);
    return entry;
  }
}

/** Whether the topic does not exist, as far as the broker knows. */
export function isUnknownTopic(error: unknown): boolean {
  return error instanceof KafkaError && error.kafkaCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION;
}

import type { KafkajsCluster } from '../kafkajs/internal-shapes';
import { openOwnBroker } from '../kafkajs/internals';
import { KafkaCode } from '../wire/error-codes';
import { EARLIEST, LATEST } from '../wire/list-offsets';
import { pauseFor, retrying } from './back-off';
import type { ClientContext } from './client-context';
import { isUnknownTopic } from './cluster-map';
import { asKafkaError, brokerError, KafkaError } from './kafka-error';
import { commitGroupOffsets, fetchAllCommitted, fetchCommitted, type GroupToken, listOffsetsOf } from './offsets';

export interface NewTopic {
  name: string;
  partitions: number;
  config: Record<string, string>;
  /** 1 unless given. */
  replicationFactor?: number;
}

/** Topics, offsets and groups; every name is without prefix, and only what lies under our prefix is seen. */
export interface TopicAdmin {
  /** Creates what does not exist and waits until every partition has a leader. @returns the names created now */
  createTopics(topics: NewTopic[]): Promise<string[]>;
  listTopics(): Promise<string[]>;
  /** Partition ids in order, asked of the broker; [] when the topic does not exist. */
  partitionsOf(topic: string): Promise<number[]>;
  /** First offset kept, by partition. */
  startOffsets(topic: string): Promise<Map<number, number>>;
  /** Next offset to be written, by partition; `committed` (the default) stops at the last stable offset. */
  endOffsets(topic: string, isolation?: 'committed' | 'uncommitted'): Promise<Map<number, number>>;
  /** Committed offsets of a group, waiting while a transaction holds one undecided; -1 where none. */
  committedOffsets(group: string, topic: string): Promise<Map<number, number>>;
  /** The same of one partition only: what holds another one undecided does not matter then. */
  committedOffset(group: string, topic: string, partition: number): Promise<number>;
  /** Everything that a group has committed, by topic and partition, as it stands now: for displays. */
  allCommittedOffsets(group: string): Promise<Map<string, Map<number, number>>>;
  /** Commits outside of a transaction: for a group without members, or as the member that `token` names. */
  commitOffsets(group: string, topic: string, offsets: Map<number, number>, token?: GroupToken): Promise<void>;
  listGroups(): Promise<string[]>;
  /** Offset of the first record at or after the time, or the end where there is none. */
  offsetsForTime(topic: string, timestampMs: number): Promise<Map<number, number>>;
}

const CREATE_BUDGET_MS = 30_000;
const LEADER_POLL_MS = 50;

export class BrokerTopicAdmin implements TopicAdmin {
  constructor(
    private readonly context: ClientContext,
    private readonly cluster: KafkajsCluster,
  ) {}

  async createTopics(topics: NewTopic[]): Promise<string[]> {
    const existing = new Set(await retrying(CREATE_BUDGET_MS, () => this.context.map.topicNames(), isRetriable));
    const missing = topics.filter(({ name }) => !existing.has(this.context.prefixed(name)));
    if (missing.length === 0) return [];
    const existedAfterAll = await retrying(CREATE_BUDGET_MS, () => this.create(missing), isRetriable);
    for (const { name, partitions } of missing) await this.awaitLeaders(name, partitions);
    return missing.map(({ name }) => name).filter((name) => !existedAfterAll.has(name));
  }

  async listTopics(): Promise<string[]> {
    const names = await retrying(CREATE_BUDGET_MS, () => this.context.map.topicNames(), isRetriable);
    return this.ours(names.filter((name) => !name.startsWith('__')));
  }

  async partitionsOf(topic: string): Promise<number[]> {
    try {
      return await this.context.map.partitionsOf(this.context.prefixed(topic), true);
    } catch (error) {
      if (isUnknownTopic(error)) return [];
      throw error;
    }
  }

  startOffsets(topic: string): Promise<Map<number, number>> {
    return this.listed(topic, EARLIEST, 0);
  }

  endOffsets(topic: string, isolation: 'committed' | 'uncommitted' = 'committed'): Promise<Map<number, number>> {
    return this.listed(topic, LATEST, isolation === 'committed' ? 1 : 0);
  }

  async committedOffsets(group: string, topic: string): Promise<Map<number, number>> {
    const { context } = this;
    const partitions = await context.map.partitionsOf(context.prefixed(topic));
    return fetchCommitted(context, context.prefixed(group), context.prefixed(topic), partitions);
  }

  async allCommittedOffsets(group: string): Promise<Map<string, Map<number, number>>> {
    const { context } = this;
    const found = await fetchAllCommitted(context, context.prefixed(group));
    const { prefix } = context;
    const ours = [...found].filter(([topic]) => topic.startsWith(prefix));
    return new Map(ours.map(([topic, offsets]) => [topic.slice(prefix.length), offsets]));
  }

  async committedOffset(group: string, topic: string, partition: number): Promise<number> {
    const { context } = this;
    const name = context.prefixed(topic);
    return (await fetchCommitted(context, context.prefixed(group), name, [partition])).get(partition) ?? -1;
  }

  async commitOffsets(
    group: string,
    topic: string,
    offsets: Map<number, number>,
    token: GroupToken = null,
  ): Promise<void> {
    if (offsets.size === 0) return;
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset, metadata: null }));
    const { context } = this;
    await commitGroupOffsets(context, context.prefixed(group), [{ topic: context.prefixed(topic), partitions }], token);
  }

  async listGroups(): Promise<string[]> {
    const groups = new Set<string>();
    for (const address of await this.context.map.brokers()) {
      const { broker } = await openOwnBroker(this.cluster, address).catch((error) => {
        throw asKafkaError(error, 'ListGroups');
      });
      try {
        for (const { groupId } of (await broker.listGroups()).groups) groups.add(groupId);
      } catch (error) {
        throw asKafkaError(error, 'ListGroups');
      } finally {
        await broker.disconnect();
      }
    }
    return this.ours([...groups]);
  }

  async offsetsForTime(topic: string, timestampMs: number): Promise<Map<number, number>> {
    const found = await this.listed(topic, timestampMs, 1);
    if (![...found.values()].includes(-1)) return found;
    const ends = await this.endOffsets(topic);
    return new Map(
      [...found].map(([partition, offset]) => [partition, offset < 0 ? (ends.get(partition) ?? 0) : offset]),
    );
  }

  private async listed(topic: string, timestamp: number, isolation: 0 | 1): Promise<Map<number, number>> {
    const name = this.context.prefixed(topic);
    const partitions = await this.context.map.partitionsOf(name);
    return listOffsetsOf(this.context, name, partitions, timestamp, isolation);
  }

  /** @returns the names that another client created meanwhile */
  private async create(topics: NewTopic[]): Promise<Set<string>> {
    const broker = await this.context.map.anyBroker();
    const wanted = topics.map(({ name, partitions, config, replicationFactor }) => ({
      topic: this.context.prefixed(name),
      numPartitions: partitions,
      replicationFactor: replicationFactor ?? 1,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }));
    try {
      await broker.createTopics({ topics: wanted, timeout: CREATE_BUDGET_MS });
      return new Set();
    } catch (error) {
      return this.existing(error);
    }
  }

  private existing(error: unknown): Set<string> {
    const { errors } = error as { errors?: { code?: number; topic?: string; message?: string }[] };
    if (!Array.isArray(errors)) throw asKafkaError(error, 'CreateTopics');
    const existed = new Set<string>();
    for (const { code, topic, message } of errors) {
      if (code !== KafkaCode.TOPIC_ALREADY_EXISTS) {
        throw brokerError('CreateTopics', code ?? KafkaCode.UNKNOWN_SERVER_ERROR, `topic ${topic}`, { topic }, message);
      }
      existed.add((topic as string).slice(this.context.prefix.length));
    }
    return existed;
  }

  private async awaitLeaders(topic: string, partitions: number): Promise<void> {
    const deadline = performance.now() + CREATE_BUDGET_MS;
    for (;;) {
      const found = await this.partitionsOf(topic).catch((error) => {
        if (isRetriable(error)) return [];
        throw error;
      });
      if (found.length >= Math.min(partitions, 1)) return;
      if (performance.now() > deadline) {
        throw brokerError('Metadata', KafkaCode.LEADER_NOT_AVAILABLE, `leaders of the new topic ${topic}`, { topic });
      }
      await pauseFor(LEADER_POLL_MS);
    }
  }

  private ours(names: string[]): string[] {
    const { prefix } = this.context;
    return names
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  }
}

function isRetriable(error: unknown): boolean {
  return error instanceof KafkaError && error.retriable;
}

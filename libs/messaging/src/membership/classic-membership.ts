import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import { type Consumer, type Kafka, PartitionAssigners } from 'kafkajs';
import type { Membership, MembershipOptions, MemberToken, OwnedPartition } from './membership';

interface JoinReply {
  readonly generationId: number;
  readonly memberId: string;
}

interface Coordinator {
  joinGroup(request: unknown): Promise<JoinReply>;
}

interface AssignerCluster {
  findGroupCoordinator(request: { groupId: string }): Promise<Coordinator>;
}

const RESTART_MS = 1_000;

/**
 * Membership by the classic group protocol, through a kafkajs consumer that never fetches a record.
 *
 * kafkajs lacks two things. It joins a new generation while handlers still work: so `joinGroup` is wrapped to wait until
 * everything is drained (the barrier). And it tells the generation only with the next heartbeat: so it is taken from the
 * reply of `joinGroup`. Both hang on the public hook `partitionAssigners`, which hands us the consumer's cluster.
 *
 * The protocol is eager: every rebalance takes all partitions away and deals them anew. A dead member is noticed after
 * `sessionTimeoutMs`. Exactly-once never rests on it; fencing by transactional id does.
 */
export class ClassicMembership implements Membership {
  private consumer: Consumer | null = null;
  private owned: readonly OwnedPartition[] = [];
  private current: MemberToken | null = null;
  private stopped = false;
  private restarting: Promise<void> | null = null;

  /**
   * @param kafka the kafkajs client.
   * @param prefixed from logical to broker names; `logical` is its inverse.
   */
  constructor(
    private readonly kafka: Kafka,
    private readonly prefixed: (name: string) => string,
    private readonly logical: (name: string) => string,
    private readonly options: MembershipOptions,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    this.stopped = false;
    await this.join().catch((error: Error) => this.rejoin(error));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.giveUpAll();
    await this.restarting;
    await this.consumer?.disconnect().catch(() => {});
    this.consumer = null;
  }

  token(): MemberToken | null {
    return this.current;
  }

  private async join(): Promise<void> {
    const { group, topics, sessionTimeoutMs = 6_000, rebalanceTimeoutMs = 30_000, heartbeatMs = 1_000 } = this.options;
    const names = topics.map(this.prefixed);
    const consumer = this.kafka.consumer({
      groupId: this.prefixed(group),
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      heartbeatInterval: heartbeatMs,
      // Everything is paused: the loop only sleeps this long between looks at the clock of heartbeats.
      maxWaitTimeInMs: Math.min(500, heartbeatMs),
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
      partitionAssigners: [
        (config) => {
          const { cluster } = config as unknown as { cluster: AssignerCluster };
          this.watchJoins(cluster);
          return PartitionAssigners.roundRobin(config);
        },
      ],
    });
    this.consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // This event runs before the first fetch of the generation, so no record is ever fetched here.
      consumer.pause(names.map((topic) => ({ topic })));
      this.assigned(payload.memberAssignment);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.rejoin(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topics: names, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  }

  /** A crashed consumer never comes back by itself; a new one takes its place. */
  private rejoin(error: Error): void {
    if (this.stopped || this.restarting) return;
    this.options.onTrouble(error);
    this.logger.warn({ group: this.options.group, reason: error.message }, 'Lost the consumer group, joining again');
    this.restarting = this.replaceConsumer().finally(() => {
      this.restarting = null;
    });
  }

  private async replaceConsumer(): Promise<void> {
    while (!this.stopped) {
      await this.giveUpAll();
      await this.consumer?.disconnect().catch(() => {});
      await sleep(RESTART_MS);
      if (this.stopped) return;
      try {
        await this.join();
        return;
      } catch (error) {
        this.options.onTrouble(error as Error);
      }
    }
  }

  private watchJoins(cluster: AssignerCluster): void {
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (request) => {
      const broker = await find(request);
      const joinGroup = async (join: unknown): Promise<JoinReply> => {
        await this.giveUpAll();
        const reply = await broker.joinGroup(join);
        this.current = { generation: reply.generationId, memberId: reply.memberId };
        return reply;
      };
      return Object.create(broker, { joinGroup: { value: joinGroup } }) as Coordinator;
    };
  }

  private assigned(assignment: Record<string, number[]>): void {
    if (this.stopped || !this.current) return;
    this.owned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: this.logical(topic), partition })),
    );
    this.options.onAssigned(this.owned, this.current);
  }

  private async giveUpAll(): Promise<void> {
    const owned = this.owned;
    this.owned = [];
    if (owned.length > 0) await this.options.onRevoked(owned);
  }
}

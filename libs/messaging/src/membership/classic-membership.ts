import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import { type Consumer, type Kafka, PartitionAssigners } from 'kafkajs';
import type { Membership, MembershipOptions, MemberToken, OwnedPartition } from './membership';

interface JoinRequest {
  readonly groupId: string;
  readonly memberId: string;
}

interface JoinReply {
  readonly generationId: number;
  readonly memberId: string;
}

interface Coordinator {
  joinGroup(request: JoinRequest): Promise<JoinReply>;
  heartbeat(request: { groupId: string; memberId: string; groupGenerationId: number }): Promise<unknown>;
}

interface AssignerCluster {
  findGroupCoordinator(request: { groupId: string }): Promise<Coordinator>;
}

const RESTART_MS = 1_000;

/**
 * Membership by the classic group protocol, through a kafkajs consumer that never fetches a record.
 *
 * kafkajs lacks three things. It joins a new generation while handlers still work: so `joinGroup` is wrapped to wait until
 * everything is drained (the barrier). It sends no heartbeat while it waits there, and the coordinator would count the member
 * as dead after the session timeout: so the barrier sends them. And it tells the generation only with the next heartbeat: so
 * it is taken from the reply of `joinGroup`. All hang on the public hook `partitionAssigners`, which hands us the consumer's
 * cluster.
 *
 * The protocol is eager: every rebalance takes all partitions away and deals them anew. A dead member is noticed after
 * `sessionTimeoutMs`. Exactly-once never rests on it; fencing by transactional id does.
 */
export class ClassicMembership implements Membership {
  private readonly stopping = new AbortController();
  private owned: readonly OwnedPartition[] = [];
  private current: MemberToken | null = null;
  private draining: Promise<void> | null = null;
  private running: Promise<void> = Promise.resolve();

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

  start(): Promise<void> {
    return new Promise((tried) => {
      this.running = this.stayMember(tried);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  token(): MemberToken | null {
    return this.current;
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private get heartbeatMs(): number {
    return this.options.heartbeatMs ?? 1_000;
  }

  /** A crashed consumer never comes back by itself; a new one takes its place. `tried` is called after the first attempt. */
  private async stayMember(tried: () => void): Promise<void> {
    while (!this.stopped) {
      const consumer = this.newConsumer();
      const crash = this.crashOf(consumer);
      const joined = this.join(consumer);
      joined.then(tried, () => {});
      const error = await Promise.race([crash, joined.then(() => crash)]).catch((failed: Error) => failed);
      const lost = error !== null && !this.stopped;
      if (lost) this.tellOfLoss(error);
      tried();
      await this.giveUpAll();
      await consumer.disconnect().catch(() => {});
      this.current = null;
      if (!lost) return;
      await sleep(RESTART_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private tellOfLoss(error: Error): void {
    this.options.onTrouble(error);
    this.logger.warn({ group: this.options.group, reason: error.message }, 'Lost the consumer group, joining again');
  }

  private newConsumer(): Consumer {
    const { group, sessionTimeoutMs = 6_000, rebalanceTimeoutMs = 30_000, metadataMaxAgeMs = 15_000 } = this.options;
    return this.kafka.consumer({
      groupId: this.prefixed(group),
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      // Everything is paused: the loop only sleeps this long between looks at the clock of heartbeats.
      maxWaitTimeInMs: Math.min(500, this.heartbeatMs),
      metadataMaxAge: metadataMaxAgeMs,
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
  }

  /** Resolves with what ended the consumer; with null when it was told to stop. A crash may come while it still joins. */
  private crashOf(consumer: Consumer): Promise<Error | null> {
    return new Promise((resolve) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      if (this.stopped) resolve(null);
      else this.stopping.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
  }

  private async join(consumer: Consumer): Promise<void> {
    const topics = this.options.topics.map(this.prefixed);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // This event runs before the first fetch of the generation, so no record is ever fetched here.
      consumer.pause(topics.map((topic) => ({ topic })));
      this.assigned(payload.memberAssignment);
    });
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  }

  private watchJoins(cluster: AssignerCluster): void {
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (request) => {
      const broker = await find(request);
      const joinGroup = async (join: JoinRequest): Promise<JoinReply> => {
        await this.drainAsMember(broker, join);
        const reply = await broker.joinGroup(join);
        this.current = { generation: reply.generationId, memberId: reply.memberId };
        return reply;
      };
      return Object.create(broker, { joinGroup: { value: joinGroup } }) as Coordinator;
    };
  }

  /** The barrier. Heartbeats of a member whose group rebalances are answered by an error, and keep it alive all the same. */
  private async drainAsMember(broker: Coordinator, { groupId, memberId }: JoinRequest): Promise<void> {
    const groupGenerationId = this.current?.generation ?? -1;
    const beat = setInterval(() => {
      broker.heartbeat({ groupId, memberId, groupGenerationId }).catch(() => {});
    }, this.heartbeatMs);
    try {
      await this.giveUpAll();
    } finally {
      clearInterval(beat);
    }
  }

  private assigned(assignment: Record<string, number[]>): void {
    if (this.stopped || !this.current) return;
    this.owned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: this.logical(topic), partition })),
    );
    this.options.onAssigned(this.owned, this.current);
  }

  /** Who asks while a drain is under way waits for the same one. */
  private giveUpAll(): Promise<void> {
    this.draining ??= this.drain().finally(() => {
      this.draining = null;
    });
    return this.draining;
  }

  private async drain(): Promise<void> {
    const { owned } = this;
    this.owned = [];
    if (owned.length > 0) await this.options.onRevoked(owned);
  }
}

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
  syncGroup(request: object): Promise<object>;
  heartbeat(request: { groupId: string; memberId: string; groupGenerationId: number }): Promise<unknown>;
}

interface AssignerCluster {
  findGroupCoordinator(request: { groupId: string }): Promise<Coordinator>;
}

/** Ends a consumer that is of no more use: with what went wrong, or null when it was told to stop. The first call counts. */
type End = (error: Error | null) => void;
const NOBODY: End = () => {};

const RESTART_MS = 1_000;
/** What kafkajs waits for a reply to a join beyond the longest drain. */
const REPLY_MS = 5_000;
/** Answers to a join or a sync after which kafkajs joins once more by itself. */
const JOINS_AGAIN = ['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'];

/**
 * Membership by the classic group protocol, through a kafkajs consumer that never fetches a record.
 *
 * kafkajs lacks four things. It joins a new generation while handlers still work: so `joinGroup` is wrapped to wait until
 * everything is drained (the barrier). It sends no heartbeat while it waits there, and the coordinator would count the member
 * as dead after the session timeout: so the barrier sends them. It tells the generation only with the next heartbeat: so
 * it is taken from the reply of `joinGroup`. And when a join fails, it goes back to its heartbeats: a coordinator that was
 * loading or away, and knows the member still, takes them for those of a healthy one, and a member that lost its id sends none;
 * so neither would ever own anything again, nor say so. Such a consumer is ended here, and a new one takes its place. All hang on
 * the public hook `partitionAssigners`, which hands us the consumer's cluster.
 *
 * The protocol is eager: every rebalance takes all partitions away and deals them anew. A dead member is noticed after
 * `sessionTimeoutMs`. Exactly-once never rests on it; fencing by transactional id does.
 */
export class ClassicMembership implements Membership {
  private readonly stopping = new AbortController();
  private owned: readonly OwnedPartition[] = [];
  private current: MemberToken | null = null;
  private draining: Promise<void> | null = null;
  /** Runs from giving up everything to owning again. */
  private joining: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  /** Of the consumer that counts; what an earlier one still brings about does not. */
  private end: End = NOBODY;

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
    this.end(null);
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

  private get rebalanceTimeoutMs(): number {
    return this.options.rebalanceTimeoutMs ?? 30_000;
  }

  /** A consumer that ended never comes back by itself; a new one takes its place. `tried` is called after the first attempt. */
  private async stayMember(tried: () => void): Promise<void> {
    while (!this.stopped) {
      const ended = new Promise<Error | null>((end) => {
        this.end = end;
      });
      const { end } = this;
      const consumer = this.newConsumer(end);
      this.join(consumer, end).then(tried, end);
      const error = await ended;
      this.end = NOBODY;
      const lost = error !== null && !this.stopped;
      if (lost) this.tellOfLoss(error);
      tried();
      this.joinEnds();
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

  private newConsumer(end: End): Consumer {
    const { group, sessionTimeoutMs = 6_000, metadataMaxAgeMs = 15_000 } = this.options;
    const consumer = this.kafka.consumer({
      groupId: this.prefixed(group),
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: this.rebalanceTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      // Everything is paused: the loop only sleeps this long between looks at the clock of heartbeats.
      maxWaitTimeInMs: Math.min(500, this.heartbeatMs),
      metadataMaxAge: metadataMaxAgeMs,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
      partitionAssigners: [
        (config) => {
          const { cluster } = config as unknown as { cluster: AssignerCluster };
          this.watchJoins(cluster, end);
          return PartitionAssigners.roundRobin(config);
        },
      ],
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
    return consumer;
  }

  private async join(consumer: Consumer, end: End): Promise<void> {
    const topics = this.options.topics.map(this.prefixed);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // This event runs before the first fetch of the generation, so no record is ever fetched here.
      consumer.pause(topics.map((topic) => ({ topic })));
      if (this.end !== end) return;
      this.joinEnds();
      this.assigned(payload.memberAssignment);
    });
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
  }

  /** Ends the consumer when kafkajs would go back to its heartbeats from a join that failed. */
  private watchJoins(cluster: AssignerCluster, end: End): void {
    const find = cluster.findGroupCoordinator.bind(cluster);
    const orEnd = (error: Error & { type?: string }): never => {
      if (this.joining !== null && !JOINS_AGAIN.includes(error.type ?? '')) end(error);
      throw error;
    };
    cluster.findGroupCoordinator = async (request) => {
      const broker = await find(request).catch(orEnd);
      const joinGroup = async (join: JoinRequest): Promise<JoinReply> => {
        await this.drainAsMember(broker, join);
        if (this.end !== end) throw new Error('This consumer has ended, and another one joins in its place.');
        this.joinBegins(end);
        const reply = await broker.joinGroup(join).catch(orEnd);
        this.current = { generation: reply.generationId, memberId: reply.memberId };
        return reply;
      };
      const syncGroup = (sync: object) => broker.syncGroup(sync).catch(orEnd);
      return Object.create(broker, { joinGroup: { value: joinGroup }, syncGroup: { value: syncGroup } }) as Coordinator;
    };
  }

  /** Whatever else keeps kafkajs from the end of a join: it is told, and tried anew. */
  private joinBegins(end: End): void {
    this.joinEnds();
    const withinMs = this.rebalanceTimeoutMs + 2 * REPLY_MS;
    this.joining = setTimeout(
      () => end(new Error(`Joining the group came to no end within ${withinMs / 1_000} s.`)),
      withinMs,
    );
  }

  private joinEnds(): void {
    if (this.joining !== null) clearTimeout(this.joining);
    this.joining = null;
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

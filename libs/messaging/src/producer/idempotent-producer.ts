import { pauseFor } from '../client/back-off';
import type { ClientContext } from '../client/client-context';
import { asKafkaError, brokerError, KafkaError } from '../client/kafka-error';
import { RetryBudget } from '../client/retry-budget';
import type { LinkSet } from '../kafkajs/link';
import { RecordBatchWriter, type RecordHeader, recordSizeBound, sealBatch } from '../records/record-batch-writer';
import { KafkaCode } from '../wire/error-codes';
import { initProducerId } from '../wire/init-producer-id';
import { partitionOfKey } from './murmur2';
import { produceBatch } from './produce-batch';

export interface OutgoingRecord {
  /** Without it: murmur2 of the key, as the Java client does, or round robin for a null key. */
  partition?: number;
  key: Buffer | null;
  value: Buffer | null;
  headers?: [string, Buffer | string][];
  /** Milliseconds since 1970; the time of sending unless given. */
  timestamp?: number;
}

/**
 * Writes records outside of transactions: acks = all, idempotent, one batch in flight per partition, the same bytes on every
 * retry. After doubt it goes on under a new producer id, so a record may then stand in the log twice, never not at all and never
 * out of order: readers drop repeats by event id.
 */
export interface IdempotentProducer {
  /**
   * @returns partition and offset of each record, in the order given
   * @throws KafkaError when a batch was refused or is in doubt; batches of other partitions may have been written
   */
  send(topic: string, records: OutgoingRecord[]): Promise<{ partition: number; offset: number }[]>;
  close(): Promise<void>;
}

/** Batches are closed before they pass this size; a larger record goes alone. Below the broker's 1 MiB (message.max.bytes). */
const MAX_BATCH_BYTES = 900 * 1024;
const DELIVERY_BUDGET_MS = 120_000;
/** Refusals after which the batch is certainly or possibly not under the sequence we think: only a new producer id helps. */
const IDENTITY_LOST: ReadonlySet<number> = new Set([
  KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KafkaCode.DUPLICATE_SEQUENCE_NUMBER,
  KafkaCode.INVALID_PRODUCER_EPOCH,
  KafkaCode.UNKNOWN_PRODUCER_ID,
  KafkaCode.INVALID_PRODUCER_ID_MAPPING,
]);
const MAX_IDENTITIES_PER_BATCH = 3;

interface Identity {
  producerId: bigint;
  producerEpoch: number;
}

interface PartitionState {
  writer: RecordBatchWriter;
  /** Ends when the batch in flight is answered. */
  tail: Promise<unknown>;
  identity: Identity | null;
  sequence: number;
}

interface Placed {
  record: OutgoingRecord;
  index: number;
}

export interface ProducerTuning {
  /** How long a batch is sent again before it is in doubt. Milliseconds. */
  deliveryBudgetMs?: number;
  maxBatchBytes?: number;
  now?: () => number;
}

export class SerialIdempotentProducer implements IdempotentProducer {
  private readonly links: LinkSet;
  private readonly partitions = new Map<string, PartitionState>();
  private identity: Promise<Identity> | null = null;
  private identityInUse: Identity | null = null;
  private nextForNullKey = 0;

  constructor(
    private readonly context: ClientContext,
    private readonly tuning: ProducerTuning = {},
  ) {
    this.links = context.ownLinks();
  }

  async send(topic: string, records: OutgoingRecord[]): Promise<{ partition: number; offset: number }[]> {
    if (records.length === 0) return [];
    const fullName = this.context.prefixed(topic);
    const results = new Array<{ partition: number; offset: number }>(records.length);
    const placed = await this.place(fullName, records);
    const sends = [...placed].map(([partition, of]) => this.inTurn(fullName, partition, of, results));
    for (const outcome of await Promise.allSettled(sends)) if (outcome.status === 'rejected') throw outcome.reason;
    return results;
  }

  async close(): Promise<void> {
    this.links.close();
  }

  private async place(topic: string, records: OutgoingRecord[]): Promise<Map<number, Placed[]>> {
    const ids = await this.patiently(() => this.context.map.partitionsOf(topic));
    const placed = new Map<number, Placed[]>();
    records.forEach((record, index) => {
      const partition = record.partition ?? this.choose(record.key, ids);
      if (!ids.includes(partition)) {
        const what = `${topic}/${partition}: the topic has ${ids.length} partitions`;
        throw brokerError('Produce', KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, what, { topic, partition });
      }
      const of = placed.get(partition);
      if (of === undefined) placed.set(partition, [{ record, index }]);
      else of.push({ record, index });
    });
    return placed;
  }

  private choose(key: Buffer | null, ids: number[]): number {
    if (key !== null) return ids[partitionOfKey(key, ids.length)];
    this.nextForNullKey = (this.nextForNullKey + 1) % ids.length;
    return ids[this.nextForNullKey];
  }

  /** Waits for the batches before; their failure is not ours. */
  private inTurn(topic: string, partition: number, placed: Placed[], results: { partition: number; offset: number }[]) {
    const state = this.stateOf(topic, partition);
    const turn = state.tail.then(() => this.sendAll(state, topic, partition, placed, results));
    state.tail = turn.catch(() => undefined);
    return turn;
  }

  private async sendAll(
    state: PartitionState,
    topic: string,
    partition: number,
    placed: Placed[],
    results: { partition: number; offset: number }[],
  ): Promise<void> {
    const now = (this.tuning.now ?? Date.now)();
    const maxBytes = this.tuning.maxBatchBytes ?? MAX_BATCH_BYTES;
    for (let from = 0; from < placed.length; ) {
      const { writer } = state;
      writer.begin();
      let to = from;
      for (; to < placed.length; to++) {
        const { key, value, headers, timestamp } = placed[to].record;
        const fits = writer.byteLength + recordSizeBound(key, value, headers as RecordHeader[]) <= maxBytes;
        if (writer.recordCount > 0 && !fits) break;
        writer.add(timestamp ?? now, key, value, headers);
      }
      const first = await this.sendBatch(state, topic, partition);
      for (let i = from; i < to; i++) results[placed[i].index] = { partition, offset: first + i - from };
      from = to;
    }
  }

  private async sendBatch(state: PartitionState, topic: string, partition: number): Promise<number> {
    const batch = state.writer.finish();
    for (let tries = 1; ; tries++) {
      const identity = await this.currentIdentity();
      if (state.identity !== identity) {
        state.identity = identity;
        state.sequence = 0;
      }
      sealBatch(batch, { ...identity, baseSequence: state.sequence, transactional: false });
      const target = {
        context: this.context,
        links: this.links,
        transactionalId: null,
        topic,
        partition,
        budgetMs: this.budgetMs,
      };
      try {
        const offset = await produceBatch(target, batch);
        state.sequence = (state.sequence + batch.recordCount) % 2 ** 31;
        return offset;
      } catch (error) {
        const lost = error instanceof KafkaError && IDENTITY_LOST.has(error.kafkaCode);
        // A sequence that may be in the log is never given to other bytes.
        if (lost || isRetriable(error)) this.renewIdentity(identity);
        if (!lost || tries >= MAX_IDENTITIES_PER_BATCH) throw error;
        this.context.logger.warn(
          { topic, partition, code: (error as KafkaError).code },
          'producer id given up; the batch is sent again under a new one',
        );
      }
    }
  }

  private stateOf(topic: string, partition: number): PartitionState {
    const key = `${topic}/${partition}`;
    let state = this.partitions.get(key);
    if (state === undefined) {
      state = { writer: new RecordBatchWriter(8 * 1024), tail: Promise.resolve(), identity: null, sequence: 0 };
      this.partitions.set(key, state);
    }
    return state;
  }

  private currentIdentity(): Promise<Identity> {
    this.identity ??= this.newIdentity().then(
      (identity) => {
        this.identityInUse = identity;
        return identity;
      },
      (error) => {
        this.identity = null;
        throw error;
      },
    );
    return this.identity;
  }

  /** The next batch asks for a new id, unless another one was asked for already. */
  private renewIdentity(lost: Identity): void {
    if (this.identityInUse === lost) this.identity = null;
  }

  private newIdentity(): Promise<Identity> {
    const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1n, producerEpoch: -1 };
    const attempt = async () => {
      const [address] = await this.context.map.brokers();
      const link = await this.context.links.get(address, 'short');
      const { errorCode, producerId, producerEpoch } = await link.call(
        initProducerId,
        request,
        this.context.requestTimeoutMs,
      );
      if (errorCode !== 0) throw brokerError('InitProducerId', errorCode, 'a producer id');
      return { producerId, producerEpoch };
    };
    return this.patiently(attempt);
  }

  private async patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const budget = new RetryBudget(this.budgetMs);
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const waitMs = budget.waitAfter(asKafkaError(error, 'Produce'));
        if (waitMs === null) throw error;
        await pauseFor(waitMs);
      }
    }
  }

  private get budgetMs(): number {
    return this.tuning.deliveryBudgetMs ?? DELIVERY_BUDGET_MS;
  }
}

function isRetriable(error: unknown): boolean {
  return error instanceof KafkaError && error.retriable;
}

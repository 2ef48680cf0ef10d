import type { Logger } from '@millrace/contracts';
import { pauseFor } from '../client/back-off';
import type { ClientContext } from '../client/client-context';
import { asKafkaError, brokerError, KafkaError } from '../client/kafka-error';
import type { GroupToken } from '../client/offsets';
import { isDefinite, RetryBudget } from '../client/retry-budget';
import type { Link, LinkSet } from '../kafkajs/link';
import { produceBatch } from '../producer/produce-batch';
import type { RecordBatchBytes } from '../records/record-batch-bytes';
import { sealBatch } from '../records/record-batch-writer';
import { addOffsetsToTxn } from '../wire/add-offsets-to-txn';
import { addPartitionsToTxn } from '../wire/add-partitions-to-txn';
import { endTxn } from '../wire/end-txn';
import { isMoved, KafkaCode } from '../wire/error-codes';
import { initProducerId } from '../wire/init-producer-id';
import { txnOffsetCommit } from '../wire/txn-offset-commit';
import { HangingTransactions, type TopicPartition, type Unfinished } from './hanging-transactions';
import { Mutex } from './mutex';
import { offsetNote } from './offset-note';
import { misuse, stillHanging, transactionInDoubt, verdictOf } from './transaction-errors';
import type {
  TransactionalOffset,
  TransactionalProducer,
  TransactionalProducerOptions,
  TransactionCounts,
  TransactionState,
} from './transactional-producer';

interface Identity {
  producerId: bigint;
  producerEpoch: number;
}

/** How often what hangs is ended before it is reported. */
const END_TRIES = 2;
const NO_IDENTITY: Identity = { producerId: -1n, producerEpoch: -1 };

export class OneIdTransactionalProducer implements TransactionalProducer {
  readonly counts: TransactionCounts = {
    commits: 0,
    aborts: 0,
    recoveries: 0,
    hangingEnded: 0,
    concurrentRetries: 0,
    resends: 0,
  };
  private current: TransactionState = 'new';
  private identity: Identity = NO_IDENTITY;
  private mustAbort: KafkaError | null = null;
  private offsetsSent = false;
  private readonly added = new Set<string>();
  /** Records written by partition in this epoch. */
  private readonly sequences = new Map<string, number>();
  /** One batch at a time per partition. */
  private readonly partitionTurns = new Map<string, Mutex>();
  /**
   * Two first writes of one id at once collide in the broker's verification (Produce gets NOT_ENOUGH_REPLICAS, TxnOffsetCommit
   * COORDINATOR_LOAD_IN_PROGRESS), so they go one after the other.
   */
  private readonly firstWrites = new Mutex();
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly links: LinkSet;
  private readonly logger: Logger;
  private readonly fullId: string;
  private readonly timeoutMs: number;
  private readonly hanging: HangingTransactions;
  private closed = false;

  constructor(
    private readonly context: ClientContext,
    readonly transactionalId: string,
    { timeoutMs = 60_000, scope }: TransactionalProducerOptions,
  ) {
    this.timeoutMs = timeoutMs;
    this.hanging = new HangingTransactions(context, scope);
    this.fullId = context.prefixed(transactionalId);
    this.links = context.ownLinks();
    this.logger = context.logger.child({ transactionalId: this.fullId });
  }

  get state(): TransactionState {
    return this.current;
  }

  async init(): Promise<void> {
    this.links.drop('the id is taken anew');
    await this.settled();
    if ((await this.take(NO_IDENTITY)) === 'fenced')
      throw brokerError('InitProducerId', KafkaCode.PRODUCER_FENCED, this.fullId);
  }

  async recover(): Promise<'recovered' | 'fenced'> {
    this.current = 'broken';
    this.links.drop('recovery');
    await this.settled();
    this.counts.recoveries++;
    return this.take(this.identity);
  }

  async addPartitions(partitions: { topic: string; partition: number }[]): Promise<void> {
    this.open('AddPartitionsToTxn');
    await this.tracked(this.firstWrites.run(() => this.addMissing(partitions)));
  }

  async produce(topic: string, partition: number, batch: RecordBatchBytes): Promise<number> {
    this.open('Produce');
    const key = `${topic}/${partition}`;
    let turn = this.partitionTurns.get(key);
    if (turn === undefined) {
      turn = new Mutex();
      this.partitionTurns.set(key, turn);
    }
    return this.tracked(
      turn.run(() => {
        if (this.sequences.has(key)) return this.write(topic, partition, batch);
        return this.firstWrites.run(async () => {
          await this.addMissing([{ topic, partition }]);
          return this.write(topic, partition, batch);
        });
      }),
    );
  }

  async sendOffsets(group: string, offsets: TransactionalOffset[], token: GroupToken): Promise<void> {
    if (offsets.length === 0) return;
    this.open('TxnOffsetCommit');
    await this.tracked(this.firstWrites.run(() => this.commitOffsets(this.context.prefixed(group), offsets, token)));
  }

  async commit(): Promise<void> {
    await this.end(true);
  }

  async abort(): Promise<void> {
    await this.end(false);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.links.close();
    await this.settled();
  }

  private async askForId(previous: Identity): Promise<'recovered' | 'fenced'> {
    let { producerId, producerEpoch } = previous;
    const answer = await this.at('transaction', this.fullId, 'InitProducerId', async (link) => {
      const request = { transactionalId: this.fullId, transactionTimeoutMs: this.timeoutMs, producerId, producerEpoch };
      const response = await link.call(initProducerId, request, this.context.requestTimeoutMs);
      if (response.errorCode === KafkaCode.INVALID_PRODUCER_ID_MAPPING && producerId !== -1n) {
        // The coordinator knows no owner at all (the id expired), so nobody can be robbed by asking as a new one.
        ({ producerId, producerEpoch } = NO_IDENTITY);
        throw brokerError('InitProducerId', KafkaCode.CONCURRENT_TRANSACTIONS, this.fullId);
      }
      const fenced =
        response.errorCode === KafkaCode.PRODUCER_FENCED || response.errorCode === KafkaCode.INVALID_PRODUCER_EPOCH;
      if (fenced) return 'fenced' as const;
      if (response.errorCode !== 0) throw brokerError('InitProducerId', response.errorCode, this.fullId);
      return response;
    });
    if (answer === 'fenced') {
      this.current = 'broken';
      return 'fenced';
    }
    this.begin({ producerId: answer.producerId, producerEpoch: answer.producerEpoch });
    return 'recovered';
  }

  /** Nothing may be written on top of what hangs, so it is looked for again after it was ended. */
  private async take(previous: Identity): Promise<'recovered' | 'fenced'> {
    let outcome = await this.askForId(previous);
    try {
      for (let tries = 0; outcome === 'recovered'; tries++) {
        const hanging = await this.hanging.find(this.identity.producerId);
        if (hanging.length === 0) break;
        if (tries === END_TRIES) throw stillHanging(this.fullId, hanging);
        for (const unfinished of hanging) await this.endHanging(unfinished);
        // EndTxn is answered before the markers are written; the id is given only after.
        outcome = await this.askForId(this.identity);
      }
      return outcome;
    } catch (error) {
      this.current = 'broken';
      throw error;
    }
  }

  /** A transaction without records: its markers end what hangs in the partitions that it holds. */
  private async endHanging({ committed, partitions, group }: Unfinished): Promise<void> {
    this.logger.warn(
      { verdict: committed ? 'commit' : 'abort', partitions: partitions.map(nameOf), group },
      'The broker lost markers of a transaction, ending it',
    );
    this.open('EndTxn');
    await this.addMissing([...partitions]);
    if (group !== null) await this.addOffsets(this.context.prefixed(group));
    await this.end(committed);
    this.counts.hangingEnded++;
  }

  private begin(identity: Identity): void {
    this.identity = identity;
    this.added.clear();
    this.sequences.clear();
    this.mustAbort = null;
    this.offsetsSent = false;
    this.current = 'ready';
  }

  /** @throws KafkaError when nothing may be written now */
  private open(api: string): void {
    if (this.current === 'ready') this.current = 'open';
    this.stillOpen(api);
  }

  /**
   * Asked again when a write's turn has come: the one before may have broken the transaction, and then its sequence may be in
   * the log already and must not be given to other bytes.
   */
  private stillOpen(api: string): void {
    if (this.current !== 'open') throw misuse(this.fullId, api, this.current);
    if (this.mustAbort !== null) throw this.mustAbort;
  }

  private async addMissing(partitions: { topic: string; partition: number }[]): Promise<void> {
    this.stillOpen('AddPartitionsToTxn');
    const missing = partitions.filter(({ topic, partition }) => !this.added.has(`${topic}/${partition}`));
    if (missing.length === 0) return;
    const topics = new Map<string, number[]>();
    for (const { topic, partition } of missing) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    const request = {
      transactionalId: this.fullId,
      ...this.identity,
      topics: [...topics].map(([topic, of]) => ({ topic: this.context.prefixed(topic), partitions: of })),
    };
    await this.at('transaction', this.fullId, 'AddPartitionsToTxn', async (link) => {
      const { results } = await link.call(addPartitionsToTxn, request, this.context.requestTimeoutMs);
      const refused = results
        .flatMap(({ topic, partitions: of }) => of.map(({ partition, errorCode }) => ({ topic, partition, errorCode })))
        .filter(({ errorCode }) => errorCode !== 0);
      // The reason stands at one partition; the others of the request were not attempted.
      const reason = refused.find(({ errorCode }) => errorCode !== KafkaCode.OPERATION_NOT_ATTEMPTED) ?? refused[0];
      if (reason === undefined) return;
      const { topic, partition, errorCode } = reason;
      throw brokerError('AddPartitionsToTxn', errorCode, `${topic}/${partition} in ${this.fullId}`, {
        topic,
        partition,
      });
    });
    for (const { topic, partition } of missing) this.added.add(`${topic}/${partition}`);
  }

  private async write(topic: string, partition: number, batch: RecordBatchBytes): Promise<number> {
    this.stillOpen('Produce');
    const key = `${topic}/${partition}`;
    const baseSequence = this.sequences.get(key) ?? 0;
    sealBatch(batch, { ...this.identity, baseSequence, transactional: true });
    const target = {
      context: this.context,
      links: this.links,
      transactionalId: this.fullId,
      topic: this.context.prefixed(topic),
      partition,
      budgetMs: this.timeoutMs,
      onResend: (error: KafkaError) => this.countRetry(error),
    };
    try {
      const offset = await produceBatch(target, batch);
      this.sequences.set(key, baseSequence + batch.recordCount);
      return offset;
    } catch (error) {
      throw this.failed(error);
    }
  }

  private async addOffsets(group: string): Promise<void> {
    const request = { transactionalId: this.fullId, ...this.identity, group };
    this.offsetsSent = true;
    await this.at('transaction', this.fullId, 'AddOffsetsToTxn', async (link) => {
      const { errorCode } = await link.call(addOffsetsToTxn, request, this.context.requestTimeoutMs);
      if (errorCode !== 0) throw brokerError('AddOffsetsToTxn', errorCode, `${group} in ${this.fullId}`, { group });
    });
  }

  private async commitOffsets(group: string, offsets: TransactionalOffset[], token: GroupToken): Promise<void> {
    this.stillOpen('TxnOffsetCommit');
    const topics = new Map<string, { partition: number; offset: number; metadata: string | null }[]>();
    const metadata = offsetNote(this.identity);
    for (const { topic, partition, offset } of offsets) {
      const fullName = this.context.prefixed(topic);
      topics.set(fullName, [...(topics.get(fullName) ?? []), { partition, offset, metadata }]);
    }
    const request = {
      transactionalId: this.fullId,
      group,
      ...this.identity,
      generation: token?.generation ?? -1,
      memberId: token?.memberId ?? '',
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    };
    this.offsetsSent = true;
    await this.at('group', group, 'TxnOffsetCommit', async (link) => {
      const response = await link.call(txnOffsetCommit, request, this.context.requestTimeoutMs);
      for (const { topic, partitions } of response.topics) {
        for (const { partition, errorCode } of partitions) {
          if (errorCode === 0) continue;
          const context = { group, topic, partition, generation: token?.generation };
          throw brokerError('TxnOffsetCommit', errorCode, `offsets of ${topic}/${partition} for ${group}`, context);
        }
      }
    });
  }

  /** Always the same verdict until there is an answer: the other one would be refused, or worse, accepted. */
  private async end(committed: boolean): Promise<void> {
    if (this.current === 'ready') return;
    await this.settled();
    if (this.current !== 'open') throw misuse(this.fullId, 'EndTxn', this.current);
    if (committed && this.mustAbort !== null) throw this.mustAbort;
    const nothingWritten = this.added.size === 0 && !this.offsetsSent;
    if (committed && nothingWritten) return this.begin(this.identity); // the broker refuses to commit what never began
    this.current = 'ending';
    const request = { transactionalId: this.fullId, ...this.identity, committed };
    const next = await this.at('transaction', this.fullId, 'EndTxn', async (link) => {
      const response = await link.call(endTxn, request, this.context.requestTimeoutMs);
      if (response.errorCode === 0) return response;
      throw brokerError('EndTxn', response.errorCode, `the ${committed ? 'commit' : 'abort'} of ${this.fullId}`);
    });
    this.begin({ producerId: next.producerId, producerEpoch: next.producerEpoch });
    if (committed) this.counts.commits++;
    else this.counts.aborts++;
  }

  /** Asks a coordinator until it answers for good; on failure the transaction is to be aborted, or broken. */
  private async at<T>(
    kind: 'group' | 'transaction',
    name: string,
    api: string,
    request: (link: Link) => Promise<T>,
  ): Promise<T> {
    const budget = new RetryBudget(this.timeoutMs);
    for (;;) {
      try {
        const link = await this.links.get(await this.context.map.coordinatorOf(kind, name), kind);
        return await request(link);
      } catch (thrown) {
        const error = asKafkaError(thrown, api);
        if (error.kafkaCode === 0 || isMoved(error.kafkaCode)) this.context.map.forgetCoordinator(kind, name);
        const waitMs = this.closed ? null : budget.waitAfter(error);
        if (waitMs === null) {
          throw this.failed(isDefinite(error) ? error : transactionInDoubt(this.fullId, api, this.timeoutMs, error));
        }
        this.countRetry(error);
        await pauseFor(waitMs);
      }
    }
  }

  private failed(thrown: unknown): KafkaError {
    const error = asKafkaError(thrown, 'transaction');
    if (verdictOf(error, this.current !== 'open') === 'broken') this.current = 'broken';
    else this.mustAbort ??= error;
    this.logger.warn({ code: error.code, state: this.current }, error.message);
    return error;
  }

  private countRetry(error: KafkaError): void {
    if (error.kafkaCode === KafkaCode.CONCURRENT_TRANSACTIONS) this.counts.concurrentRetries++;
    else this.counts.resends++;
  }

  private tracked<T>(work: Promise<T>): Promise<T> {
    this.inFlight.add(work);
    const done = () => this.inFlight.delete(work);
    work.then(done, done);
    return work;
  }

  private async settled(): Promise<void> {
    await Promise.allSettled([...this.inFlight]);
  }
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

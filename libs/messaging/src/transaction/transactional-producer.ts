import type { GroupToken } from '../client/offsets';
import type { RecordBatchBytes } from '../records/record-batch-bytes';
import type { TransactionScope } from './hanging-transactions';

export type TransactionState = 'new' | 'ready' | 'open' | 'ending' | 'broken';

export interface TransactionalProducerOptions {
  /** All that its transactions write: what a lost marker left open there is ended by `init` and `recover`. */
  readonly scope: TransactionScope;
  /** After which the broker aborts an open transaction by itself, ms; 60,000 by default. */
  readonly timeoutMs?: number;
}

export interface TransactionalOffset {
  topic: string;
  partition: number;
  /** The next offset to be read. */
  offset: number;
}

/** How often the producer had to repeat itself since it was made: for metrics. */
export interface TransactionCounts {
  commits: number;
  aborts: number;
  recoveries: number;
  /** Transactions that the broker had closed without telling every partition, ended by us. */
  hangingEnded: number;
  /** CONCURRENT_TRANSACTIONS met: the transaction before was still being closed. */
  concurrentRetries: number;
  /** Requests sent again because no answer came or a leader or coordinator moved. */
  resends: number;
}

/**
 * One transactional id and its transactions, one at a time: new -> ready -> open -> ending -> ready, or broken.
 *
 * The protocol is AddPartitionsToTxn v3 first, Produce v12, TxnOffsetCommit v5, EndTxn v5 (transaction version 2, KIP-890): the
 * epoch rises with every transaction, so a late EndTxn or Produce of an old one cannot touch the next.
 *
 * An error in the state `broken` means: the outcome of this transaction is the broker's alone. Call `recover()`; on `recovered`
 * read the committed offsets and go on from there; on `fenced` another owner has the id: give its partitions up. After an error
 * in the state `open` call `abort()`; `commit()` refuses then. The table of errors stands in transaction-errors.ts.
 */
export interface TransactionalProducer {
  readonly transactionalId: string;
  readonly state: TransactionState;
  readonly counts: Readonly<TransactionCounts>;
  /**
   * Takes the id: fences its owner, aborts what was open, waits for what was being closed, and ends what hangs (see
   * hanging-transactions.ts). Only after a fresh assignment.
   */
  init(): Promise<void>;
  /** Adds partitions to the transaction in one request, so that their first `produce` need not; optional. */
  addPartitions(partitions: { topic: string; partition: number }[]): Promise<void>;
  /** @returns the offset of the batch's first record, once the broker has it. The batch's Buffer is in use until then. */
  produce(topic: string, partition: number, batch: RecordBatchBytes): Promise<number>;
  /** Commits offsets of the group with the transaction; `token` lets the broker refuse a stale member. */
  sendOffsets(group: string, offsets: TransactionalOffset[], token: GroupToken): Promise<void>;
  /** Nothing was written: nothing is sent. */
  commit(): Promise<void>;
  abort(): Promise<void>;
  /** After `broken`: asks for the id again as its owner so far. */
  recover(): Promise<'recovered' | 'fenced'>;
  /** Closes the sockets; what is open is aborted by the next owner, or by the broker after the timeout. */
  close(): Promise<void>;
}

import { InfrastructureError } from '@millrace/contracts';
import { KafkaError } from '../client/kafka-error';
import { KafkaCode } from '../wire/error-codes';

/** What a lane does after an error (docs: the table of failure semantics in libs/messaging/README.md). */
export type LaneAction =
  /** Ask for the transactional id as its owner so far; unless another owner has it, read the committed offset and go on. */
  | 'recover'
  /** The group has moved on: abort and wait for the next assignment. */
  | 'abandon'
  /** Nothing was begun: wait and work on the same records again. */
  | 'wait'
  /** A gap in the log or an error that does not go away: stop and report, never jump. */
  | 'stop';

const STALE_MEMBER: ReadonlySet<number> = new Set([
  KafkaCode.ILLEGAL_GENERATION,
  KafkaCode.UNKNOWN_MEMBER_ID,
  KafkaCode.REBALANCE_IN_PROGRESS,
]);

/** Not to be asked again, but cured by asking for the id and the offset anew. */
const LOST_TRANSACTION: ReadonlySet<number> = new Set([
  KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KafkaCode.DUPLICATE_SEQUENCE_NUMBER,
  KafkaCode.INVALID_PRODUCER_EPOCH,
  KafkaCode.INVALID_TXN_STATE,
  KafkaCode.INVALID_PRODUCER_ID_MAPPING,
  KafkaCode.UNKNOWN_PRODUCER_ID,
  KafkaCode.PRODUCER_FENCED,
  KafkaCode.TRANSACTION_ABORTABLE,
]);

/** Errors in a row of a processor, that are neither infrastructure nor the broker's, before its lane stops. */
export const MAX_FAULTS_IN_A_ROW = 5;

/**
 * @param inTransaction whether the transaction may have begun.
 * @param faultsInARow errors that are neither infrastructure nor the broker's, this one included.
 */
export function laneAction(error: unknown, inTransaction: boolean, faultsInARow: number): LaneAction {
  if (error instanceof KafkaError) {
    if (STALE_MEMBER.has(error.kafkaCode)) return 'abandon';
    const lost = LOST_TRANSACTION.has(error.kafkaCode) || error.code === 'KAFKA_TRANSACTION_STATE';
    // OFFSET_OUT_OF_RANGE, MESSAGE_TOO_LARGE, malformed batches, missing rights: a gap, a bug or a setting, not a moment.
    if (!lost && !error.retriable) return 'stop';
  } else if (!(error instanceof InfrastructureError) && faultsInARow >= MAX_FAULTS_IN_A_ROW) return 'stop';
  return inTransaction ? 'recover' : 'wait';
}

export function isFault(error: unknown): boolean {
  return !(error instanceof InfrastructureError);
}

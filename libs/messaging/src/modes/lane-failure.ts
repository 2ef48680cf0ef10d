import { InfrastructureError } from '@millrace/contracts';
import { KafkaError } from '../client/kafka-error';

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

const STALE_MEMBER = new Set([22, 25, 27]);
const OFFSET_OUT_OF_RANGE = 1;
/** CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_TRANSACTION_TIMEOUT, authorisation: a bug or a setting, not a moment. */
const HOPELESS = new Set([2, 10, 29, 30, 50, 53]);

export const MAX_FAILURES_IN_A_ROW = 5;

/**
 * @param inTransaction whether the transaction may have begun.
 * @param failuresInARow of errors that are neither infrastructure nor the broker's, this one included.
 */
export function laneAction(error: unknown, inTransaction: boolean, failuresInARow: number): LaneAction {
  if (error instanceof KafkaError) {
    if (error.kafkaCode === OFFSET_OUT_OF_RANGE || HOPELESS.has(error.kafkaCode)) return 'stop';
    if (STALE_MEMBER.has(error.kafkaCode)) return 'abandon';
    return 'recover';
  }
  if (!(error instanceof InfrastructureError) && failuresInARow >= MAX_FAILURES_IN_A_ROW) return 'stop';
  return inTransaction ? 'recover' : 'wait';
}

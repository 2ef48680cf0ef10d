import { KafkaError } from '../client/kafka-error';
import { isDefinite } from '../client/retry-budget';
import { KafkaCode } from '../wire/error-codes';
import type { Unfinished } from './hanging-transactions';

/**
 * What an error that was not retried (or no longer) means for the transaction it met:
 *
 * | error | met in | the transaction |
 * |---|---|---|
 * | INVALID_PRODUCER_EPOCH, PRODUCER_FENCED | any | broken: timed out, or another owner has the id; `recover()` tells which |
 * | INVALID_TXN_STATE, INVALID_PRODUCER_ID_MAPPING | any | broken |
 * | OUT_OF_ORDER_SEQUENCE_NUMBER, DUPLICATE_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID | Produce | broken |
 * | no answer within the budget | any | broken: it may have taken effect |
 * | anything while ending | EndTxn | broken: the verdict is the broker's, never the other one |
 * | TRANSACTION_ABORTABLE, a stale generation or member, a refused batch, a missing right, an unknown topic | Produce, TxnOffsetCommit | abort |
 */
export function verdictOf(error: KafkaError, ending: boolean): 'abort' | 'broken' {
  return ending || !isDefinite(error) || BREAKING.has(error.kafkaCode) ? 'broken' : 'abort';
}

const BREAKING: ReadonlySet<number> = new Set([
  KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  KafkaCode.DUPLICATE_SEQUENCE_NUMBER,
  KafkaCode.INVALID_PRODUCER_EPOCH,
  KafkaCode.INVALID_TXN_STATE,
  KafkaCode.INVALID_PRODUCER_ID_MAPPING,
  KafkaCode.UNKNOWN_PRODUCER_ID,
  KafkaCode.PRODUCER_FENCED,
]);

export function misuse(transactionalId: string, api: string, state: string): KafkaError {
  const advice = {
    new: 'Call init() first.',
    ending: 'Wait for the commit or abort under way.',
    broken: 'Call recover(), then read the committed offsets and go on from there.',
  }[state];
  return new KafkaError({
    code: 'KAFKA_TRANSACTION_STATE',
    message: `${api} is not possible while transaction ${transactionalId} is ${state}. ${advice ?? ''}`,
    api,
    kafkaCode: 0,
    retriable: false,
    context: { transactionalId, state },
  });
}

export function transactionInDoubt(
  transactionalId: string,
  api: string,
  budgetMs: number,
  cause: KafkaError,
): KafkaError {
  return new KafkaError({
    code: 'KAFKA_TRANSACTION_IN_DOUBT',
    message: `${api} for transaction ${transactionalId} was not answered within ${budgetMs} ms (last: ${cause.message}) Call recover(), then read the committed offsets and go on from there.`,
    api,
    kafkaCode: cause.kafkaCode,
    retriable: true,
    cause,
    context: { transactionalId },
  });
}

export function stillHanging(transactionalId: string, left: readonly Unfinished[]): KafkaError {
  const where = left.flatMap(({ partitions, group }) => [
    ...partitions.map(({ topic, partition }) => `${topic}/${partition}`),
    ...(group === null ? [] : [`offsets of ${group}`]),
  ]);
  return new KafkaError({
    code: 'KAFKA_HANGING_TRANSACTION',
    message: `A transaction of ${transactionalId} whose markers the broker lost still hangs in ${where.join(', ')}. It is ended again after a while; kafka-transactions.sh find-hanging shows it.`,
    api: 'EndTxn',
    kafkaCode: 0,
    retriable: true,
    context: { transactionalId },
  });
}

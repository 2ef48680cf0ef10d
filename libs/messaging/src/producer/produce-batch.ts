import { pauseFor } from '../client/back-off';
import type { ClientContext } from '../client/client-context';
import { asKafkaError, brokerError, KafkaError } from '../client/kafka-error';
import { isDefinite, RetryBudget } from '../client/retry-budget';
import type { LinkSet } from '../kafkajs/link';
import type { RecordBatchBytes } from '../records/record-batch-bytes';
import { isMoved, KafkaCode } from '../wire/error-codes';

const BROKER_TIMEOUT_MS = 30_000;

export interface ProduceTarget {
  context: ClientContext;
  links: LinkSet;
  transactionalId: string | null;
  /** As the broker knows it. */
  topic: string;
  partition: number;
  /** How long the same bytes are sent again. Milliseconds. */
  budgetMs: number;
  /** Told of every resend. */
  onResend?(error: KafkaError): void;
}

/**
 * Sends one sealed batch until the broker says yes or no. The same bytes go out every time: the broker knows them by producer
 * id, epoch and sequence, and answers a repeat with the offset of the first.
 *
 * @returns the offset of the first record
 * @throws KafkaError the broker's refusal (nothing was written), or `inDoubt` when the budget ran out without an answer
 */
export async function produceBatch(target: ProduceTarget, batch: RecordBatchBytes): Promise<number> {
  const { context, topic, partition } = target;
  const budget = new RetryBudget(target.budgetMs);
  let doubt = false;
  for (;;) {
    const outcome = await attempt(target, batch);
    if (typeof outcome === 'number') return outcome;
    if (outcome.kafkaCode === 0 || isMoved(outcome.kafkaCode)) context.map.forgetTopic(topic);
    const waitMs = budget.waitAfter(outcome);
    if (waitMs === null)
      throw isDefinite(outcome) && !doubt ? outcome : inDoubt(outcome, topic, partition, target.budgetMs);
    doubt ||= !isDefinite(outcome);
    target.onResend?.(outcome);
    await pauseFor(waitMs);
  }
}

async function attempt(target: ProduceTarget, batch: RecordBatchBytes): Promise<number | KafkaError> {
  const { context, topic, partition, transactionalId } = target;
  try {
    const link = await target.links.get(await context.map.leaderOf(topic, partition), 'produce');
    const request = { transactionalId, timeoutMs: BROKER_TIMEOUT_MS, topic, partition, batch };
    const { topics } = await link.produce(request, context.requestTimeoutMs);
    const answer = topics[0]?.partitions[0];
    if (answer === undefined || answer.partition !== partition) {
      return brokerError('Produce', KafkaCode.UNKNOWN_SERVER_ERROR, `${topic}/${partition}: it is not in the answer`);
    }
    if (answer.errorCode === 0) return answer.baseOffset;
    const reasons = [
      answer.errorMessage,
      ...answer.recordErrors.map(({ index, message }) => `record ${index}: ${message}`),
    ];
    const detail = reasons.filter((reason) => reason !== null).join('; ');
    const what = `a batch of ${batch.recordCount} records and ${batch.end - batch.start} bytes for ${topic}/${partition}`;
    return brokerError('Produce', answer.errorCode, what, { topic, partition }, detail);
  } catch (error) {
    return asKafkaError(error, 'Produce');
  }
}

/** No answer came: the batch may be in the log or not. */
function inDoubt(cause: KafkaError, topic: string, partition: number, budgetMs: number): KafkaError {
  return new KafkaError({
    code: 'KAFKA_PRODUCE_IN_DOUBT',
    message: `A batch for ${topic}/${partition} was not answered within ${budgetMs} ms (last: ${cause.message}) It may be in the log: send it again, readers drop repeats by event id.`,
    api: 'Produce',
    kafkaCode: cause.kafkaCode,
    retriable: true,
    cause,
    context: { topic, partition },
  });
}

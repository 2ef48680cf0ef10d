import { type AppError, type DeadLetter, PoisonError } from '@millrace/contracts';
import type { KafkaRecord } from '../modes/kafka-ports';

/** The dead letter of a record: everything that is needed to look at it and to send it again. */
export function deadLetterOf(record: KafkaRecord, error: { code: string; message: string }, now: number): DeadLetter {
  return {
    reasonCode: error.code,
    reason: error.message,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestamp,
    key: record.key,
    value: record.value,
    headers: record.rawHeaders.map(([name, value]) => ({ name, value })),
    failedAt: now,
  };
}

/** Id of a dead letter: the same record has the same one, however often it is put there. */
export const deadLetterId = (record: Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>): string =>
  `dead-letter:${record.topic}/${record.partition}/${record.offset}`;

/** A record that was tried too often: as good as poison. */
export function retriesExhausted(error: Error, attempts: number): PoisonError {
  const code = (error as AppError).code;
  return new PoisonError({
    code: 'RETRIES_EXHAUSTED',
    message: `It failed ${attempts} times; the last time with ${code ? `${code}: ` : ''}${error.message}`,
    cause: error,
  });
}

import { KafkaCode } from '../wire/error-codes';
import { BackOff } from './back-off';
import type { KafkaError } from './kafka-error';

/** CONCURRENT_TRANSACTIONS ends within milliseconds: 1 ms at first, longer only when it does not. */
const SHORT_WAIT_MS = 1;
const SHORT_WAITS = 100;
const LONG_WAIT_MS = 10;
/** A topic just created reaches every broker soon; one that does not exist is to be said, not waited for. */
const UNKNOWN_TOPIC_MS = 5_000;

/** How long one request is sent again, and how long to wait before each time. */
export class RetryBudget {
  private readonly startedAt = performance.now();
  private readonly backOff = new BackOff(20, 1_000);
  private concurrent = 0;
  private unknownTopicSince: number | null = null;

  constructor(private readonly budgetMs: number) {}

  /** Milliseconds to wait before the same request is sent again; null when the error is final or the time is used up. */
  waitAfter(error: KafkaError): number | null {
    if (!error.retriable) return null;
    const now = performance.now();
    if (error.kafkaCode === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION) {
      this.unknownTopicSince ??= now;
      if (now - this.unknownTopicSince >= UNKNOWN_TOPIC_MS) return null;
    }
    const waitMs = this.waitFor(error);
    return now + waitMs >= this.startedAt + this.budgetMs ? null : waitMs;
  }

  private waitFor(error: KafkaError): number {
    if (error.kafkaCode !== KafkaCode.CONCURRENT_TRANSACTIONS) return this.backOff.take();
    return ++this.concurrent < SHORT_WAITS ? SHORT_WAIT_MS : LONG_WAIT_MS;
  }
}

/**
 * Whether the broker has said no for certain, so that nothing was written: a final refusal, or a topic that it does not know.
 * Any other error that outlived its budget leaves doubt.
 */
export function isDefinite(error: KafkaError): boolean {
  return !error.retriable || error.code === 'KAFKA_UNKNOWN_TOPIC_OR_PARTITION';
}

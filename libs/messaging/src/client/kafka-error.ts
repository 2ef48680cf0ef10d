import { InfrastructureError } from '@millrace/contracts';
import { kafkaErrorOf } from '../wire/error-codes';

/**
 * Something went wrong between us and the broker. `kafkaCode` is the protocol's number (0 where the trouble is ours: a lost
 * connection, a timeout, malformed bytes), `api` the request it answered.
 */
export class KafkaError extends InfrastructureError {
  readonly kafkaCode: number;
  readonly api: string;

  constructor(init: {
    code: string;
    message: string;
    api: string;
    kafkaCode: number;
    retriable: boolean;
    cause?: unknown;
    context?: Record<string, unknown>;
  }) {
    super({ ...init, context: { api: init.api, kafkaCode: init.kafkaCode, ...init.context } });
    this.kafkaCode = init.kafkaCode;
    this.api = init.api;
  }
}

/** The error for a code that a broker answered; `what` says what was asked for, in words, and `detail` what the broker added. */
export function brokerError(
  api: string,
  kafkaCode: number,
  what: string,
  context: Record<string, unknown> = {},
  detail?: string | null,
): KafkaError {
  const known = kafkaErrorOf(kafkaCode);
  const more = detail ? ` The broker says: ${detail}` : '';
  return new KafkaError({
    code: `KAFKA_${known.name}`,
    message: `${api} refused ${what}: ${known.name} (${kafkaCode}). ${known.fix}${more}`,
    api,
    kafkaCode,
    retriable: known.retriable,
    context,
  });
}

/** kafkajs calls every end of a log-in a failed authentication, a lost connection too: that one says nothing of credentials. */
const INTERRUPTED_LOG_IN =
  /authentication failed: (Request .* timed out|Closed connection|Connection (error|closed|timeout)|Not connected|The connection to the broker was closed)/;

/** What Node says when the other end hangs up on a ClientHello, or answers it with something else than TLS. */
const BROKE_OFF_TLS = /before secure TLS connection was established|wrong version number|packet length too long/i;

/** Whatever kafkajs or a socket threw, as a KafkaError; one that is already a KafkaError stays as it is. */
export function asKafkaError(error: unknown, api: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const cause = error as { name?: string; code?: unknown; message?: string; cause?: unknown };
  if (cause.name === 'KafkaJSNumberOfRetriesExceeded' || cause.name === 'KafkaJSNonRetriableError') {
    if (cause.cause !== undefined && cause.cause !== error) return asKafkaError(cause.cause, api);
  }
  if (typeof cause.code === 'number') return brokerError(api, cause.code, 'the request', {}, cause.message);
  const timedOut = cause.name === 'KafkaJSRequestTimeoutError';
  const auth = cause.name === 'KafkaJSSASLAuthenticationError';
  if (auth && INTERRUPTED_LOG_IN.test(cause.message ?? '')) {
    return new KafkaError({
      code: 'KAFKA_UNREACHABLE',
      message: `The log-in for ${api} did not come to its end: ${cause.message}. It is tried again.`,
      api,
      kafkaCode: 0,
      retriable: true,
      cause: error,
    });
  }
  if (auth) {
    return new KafkaError({
      code: 'KAFKA_AUTHENTICATION_FAILED',
      message: `The broker refused our credentials: ${cause.message ?? ''}. Check the SASL mechanism, user and password.`,
      api,
      kafkaCode: 58,
      retriable: false,
      cause: error,
    });
  }
  if (BROKE_OFF_TLS.test(cause.message ?? '')) {
    const { broker } = error as { broker?: string };
    return new KafkaError({
      code: 'KAFKA_TLS_BROKEN_OFF',
      message: `The listener${broker ? ` ${broker}` : ''} broke off the TLS handshake: ${cause.message}. Most likely it speaks no TLS: set KAFKA_SSL=false, or name a listener with TLS in KAFKA_BROKERS. It may also be going down.`,
      api,
      kafkaCode: 0,
      retriable: true,
      cause: error,
    });
  }
  return new KafkaError({
    code: timedOut ? 'KAFKA_REQUEST_TIMED_OUT' : 'KAFKA_UNREACHABLE',
    message: timedOut
      ? `The broker did not answer ${api} in time: ${cause.message ?? ''}. Whether it took effect is unknown; look at the broker's load and the network.`
      : `The broker could not be reached for ${api}: ${cause.message ?? String(error)}. Check that it is up and its address is right.`,
    api,
    kafkaCode: 0,
    retriable: true,
    cause: error,
  });
}

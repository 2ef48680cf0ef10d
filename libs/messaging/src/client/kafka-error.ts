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
  const message = cause.message ?? '';
  const made = (what: { code: string; message: string; kafkaCode?: number; retriable?: boolean }) =>
    new KafkaError({ api, kafkaCode: 0, retriable: true, cause: error, ...what });
  if (cause.name === 'KafkaJSSASLAuthenticationError')
    return INTERRUPTED_LOG_IN.test(message)
      ? made({
          code: 'KAFKA_UNREACHABLE',
          message: `The log-in for ${api} did not come to its end: ${message}. It is tried again.`,
        })
      : made({
          code: 'KAFKA_AUTHENTICATION_FAILED',
          message: `The broker refused our credentials: ${message}. Check the SASL mechanism, user and password.`,
          kafkaCode: 58,
          retriable: false,
        });
  if (BROKE_OFF_TLS.test(message)) {
    const { broker } = error as { broker?: string };
    return made({
      code: 'KAFKA_TLS_BROKEN_OFF',
      message: `The listener${broker ? ` ${broker}` : ''} broke off the TLS handshake: ${message}. Most likely it speaks no TLS: set KAFKA_SSL=false, or name a listener with TLS in KAFKA_BROKERS. It may also be going down.`,
    });
  }
  if (cause.name === 'KafkaJSRequestTimeoutError')
    return made({
      code: 'KAFKA_REQUEST_TIMED_OUT',
      message: `The broker did not answer ${api} in time: ${message}. Whether it took effect is unknown; look at the broker's load and the network.`,
    });
  return made({
    code: 'KAFKA_UNREACHABLE',
    message: `The broker could not be reached for ${api}: ${cause.message ?? String(error)}. Check that it is up and its address is right.`,
  });
}

import { KafkaError } from '../client/kafka-error';
import type { KafkajsConnection, KafkajsRequestQueue } from './internal-shapes';
import { ResponseFramer, TlsAlert } from './response-framer';

/** The largest response frame accepted; a length beyond it closes the connection instead of buffering for ever. Bytes. */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

/**
 * Cures one kafkajs connection, in place, of what costs CPU at rest or trusts bytes of the network:
 *
 * - `RequestQueue.scheduleCheckPendingRequests` re-arms a 1 ms timer for ever after the first reply: armed only while something waits.
 * - `scheduleRequestTimeoutCheck` runs a 100 ms interval per connection: one sweep per process instead.
 * - Nagle's algorithm is never turned off: `setNoDelay` at connect.
 * - `reauthenticationThreshold` is 10 s, so a session that lasts no longer counts as over from its first moment: renewed in its last quarter.
 * - `processData` trusts the length prefix (a negative one loops for ever): framed by {@link ResponseFramer}, bounded.
 */
export function cureConnection(connection: KafkajsConnection): void {
  cureIdleTimers(connection.requestQueue);
  cureConnect(connection);
  cureRenewal(connection);
  cureFraming(connection);
}

function cureIdleTimers(queue: KafkajsRequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests.bind(queue);
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule();
  };
  const destroy = queue.destroy.bind(queue);
  queue.destroy = () => {
    timeoutSweep.remove(queue);
    destroy();
  };
  queue.scheduleRequestTimeoutCheck = () => timeoutSweep.add(queue);
}

function cureConnect(connection: KafkajsConnection): void {
  const connect = connection.connect.bind(connection);
  connection.connect = async () => {
    const connected = await connect();
    connection.socket?.setNoDelay(true);
    return connected;
  };
}

/** A broker takes one log-in a second from a connection: sessions below 1.4 s (`connections.max.reauth.ms`) cannot be renewed in time. */
function cureRenewal(connection: KafkajsConnection): void {
  const most = connection.reauthenticationThreshold;
  Object.defineProperty(connection, 'reauthenticationThreshold', {
    configurable: true,
    get: () => Math.min(most, Math.floor(connection.sessionLifetime.toNumber() / 4)),
  });
}

function cureFraming(connection: KafkajsConnection): void {
  const original = connection.processData.bind(connection);
  let framer = new ResponseFramer(MAX_RESPONSE_BYTES);
  const connect = connection.connect;
  connection.connect = () => {
    framer = new ResponseFramer(MAX_RESPONSE_BYTES);
    return connect();
  };
  connection.processData = (chunk) => {
    // Only a broker without SaslAuthenticate (before 1.0) answers outside of frames; kafkajs reads those itself.
    if (connection.authHandlers !== null) return original(chunk);
    try {
      for (const frame of framer.push(chunk)) {
        connection.requestQueue.fulfillRequest({
          size: frame.length,
          correlationId: frame.readInt32BE(0),
          payload: frame.subarray(4),
        });
      }
    } catch (error) {
      connection.rejectRequests(error instanceof TlsAlert ? tlsWanted(connection) : malformed(error));
      connection.socket?.destroy();
      void connection.disconnect();
    }
  };
}

function malformed(error: unknown): KafkaError {
  return new KafkaError({
    code: 'KAFKA_MALFORMED_RESPONSE',
    message: `The broker sent bytes that are no response frame: ${(error as Error).message}. The connection is closed and opened anew.`,
    api: 'frame',
    kafkaCode: 0,
    retriable: true,
    cause: error,
  });
}

function tlsWanted({ host, port }: KafkajsConnection): KafkaError {
  return new KafkaError({
    code: 'KAFKA_TLS_WANTED',
    message: `The listener ${host}:${port} speaks TLS, and this client does not: set KAFKA_SSL=true (and NODE_EXTRA_CA_CERTS for a private CA), or name a listener without TLS in KAFKA_BROKERS.`,
    api: 'connect',
    kafkaCode: 0,
    retriable: false,
    context: { broker: `${host}:${port}` },
  });
}

/** One interval for every request queue of the process, held only while a connection is open. */
class TimeoutSweep {
  private readonly queues = new Set<KafkajsRequestQueue>();
  private timer: NodeJS.Timeout | null = null;

  add(queue: KafkajsRequestQueue): void {
    this.queues.add(queue);
    this.timer ??= setInterval(() => this.sweep(), 250).unref();
  }

  remove(queue: KafkajsRequestQueue): void {
    this.queues.delete(queue);
    if (this.queues.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  private sweep(): void {
    const now = Date.now();
    for (const queue of [...this.queues]) {
      for (const request of [...queue.inflight.values()]) {
        if (now - request.sentAt > request.requestTimeout) request.timeoutRequest();
      }
      if (!queue.isConnected()) queue.destroy();
    }
  }
}

const timeoutSweep = new TimeoutSweep();

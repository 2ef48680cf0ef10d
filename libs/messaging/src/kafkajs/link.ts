import type { Logger } from '@millrace/contracts';
import { asKafkaError, KafkaError } from '../client/kafka-error';
import { encodeProduceFrame, type ProduceRequest, type ProduceResponse, produceApi } from '../wire/produce';
import { decodeResponse, encodeRequest, type Throttled, type WireApi } from '../wire/wire-api';
import type { BrokerAddress, KafkajsCluster, KafkajsConnection } from './internal-shapes';
import { closeConnection, openOwnBroker } from './internals';

/** Told apart in metrics and tests: what went over the wire. */
export interface LinkObserver {
  onResponse?(api: string, payload: Buffer): void;
}

const RENEWAL_TIMEOUT_MS = 10_000;

/**
 * One socket to one broker, for one role: a broker serves one request at a time per connection, so a long poll must not share
 * its socket. Requests go straight into the queue of the kafkajs connection, as frames of our own.
 *
 * A Link never reconnects. When it is no longer `alive` (connection lost, a request timed out, malformed bytes), what was in
 * flight is in doubt: open a new one and send the same bytes again.
 */
export class Link {
  private closed = false;

  private constructor(
    readonly address: BrokerAddress,
    private readonly connection: KafkajsConnection,
    private readonly observer: LinkObserver,
  ) {
    // The timeout is chosen by request; kafkajs takes the larger of the two.
    connection.requestQueue.requestTimeout = 0;
  }

  /** @throws KafkaError KAFKA_UNREACHABLE, KAFKA_AUTHENTICATION_FAILED */
  static async open(cluster: KafkajsCluster, address: BrokerAddress, observer: LinkObserver = {}): Promise<Link> {
    try {
      const { connection } = await openOwnBroker(cluster, address);
      return new Link(address, connection, observer);
    } catch (error) {
      throw asKafkaError(error, 'connect');
    }
  }

  get alive(): boolean {
    return !this.closed && this.connection.isConnected();
  }

  /**
   * Sends one request and decodes its response. Responses come in the order of requests.
   * @throws KafkaError KAFKA_UNREACHABLE, KAFKA_REQUEST_TIMED_OUT, KAFKA_MALFORMED_RESPONSE; the Link is dead then
   */
  async call<Request, Response extends Throttled>(
    api: WireApi<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    return this.exchange(api, timeoutMs, (correlationId, clientId) =>
      encodeRequest(api, request, correlationId, clientId),
    );
  }

  /** As `call`, with the frame written around the record batch: its Buffer is in use until the promise settles. */
  async produce(request: ProduceRequest, timeoutMs: number): Promise<ProduceResponse> {
    return this.exchange(produceApi, timeoutMs, (correlationId, clientId) =>
      encodeProduceFrame(request, correlationId, clientId),
    );
  }

  /** Closes the socket at once; what is in flight is rejected. */
  close(reason = 'the link was closed'): void {
    if (this.closed) return;
    this.closed = true;
    closeConnection(this.connection, reason);
  }

  private async exchange<Request, Response extends Throttled>(
    api: WireApi<Request, Response>,
    timeoutMs: number,
    frameOf: (correlationId: number, clientId: string) => Buffer,
  ): Promise<Response> {
    try {
      await this.renewSession();
      const payload = await this.push(api, timeoutMs, frameOf);
      this.observer.onResponse?.(api.name, payload);
      const response = decodeResponse(api, payload);
      if (response.throttleTimeMs > 0) this.connection.requestQueue.maybeThrottle(response.throttleTimeMs);
      return response;
    } catch (error) {
      const failure = asKafkaError(error, api.name);
      this.close(failure.message);
      throw failure;
    }
  }

  /** kafkajs sends the log-in with the queue's timeout, which is 0 for what this Link sends. */
  private async renewSession(): Promise<void> {
    const { connection } = this;
    if (connection.sasl === null || connection.isAuthenticated()) return;
    connection.requestQueue.requestTimeout = RENEWAL_TIMEOUT_MS;
    try {
      await connection.authenticate();
    } finally {
      connection.requestQueue.requestTimeout = 0;
    }
  }

  private push(
    api: { key: number; name: string; version: number },
    timeoutMs: number,
    frameOf: (correlationId: number, clientId: string) => Buffer,
  ): Promise<Buffer> {
    const { connection } = this;
    if (!this.alive) return Promise.reject(unreachable(this.address, 'the connection is closed'));
    const correlationId = connection.nextCorrelationId();
    const frame = frameOf(correlationId, connection.clientId);
    return new Promise((resolve, reject) => {
      connection.requestQueue.push({
        entry: {
          apiKey: api.key,
          apiName: api.name,
          apiVersion: api.version,
          correlationId,
          resolve: ({ payload }) => resolve(payload),
          reject,
        },
        expectResponse: true,
        requestTimeout: timeoutMs,
        sendRequest: () => connection.socket?.write(frame),
      });
    });
  }
}

/**
 * The Links of one owner, by broker and role; each is opened when first wanted and replaced when it died. Two callers that want
 * the same one at once share the opening.
 */
export class LinkSet {
  private readonly links = new Map<string, Promise<Link>>();
  private closed = false;

  constructor(
    private readonly open: (address: BrokerAddress) => Promise<Link>,
    private readonly logger: Logger,
  ) {}

  async get(address: BrokerAddress, role: string): Promise<Link> {
    if (this.closed) throw unreachable(address, 'its owner was closed');
    const key = `${address.nodeId}@${address.host}:${address.port} ${role}`;
    const present = this.links.get(key);
    if (present !== undefined) {
      const link = await present.catch(() => null);
      if (link?.alive) return link;
      if (this.links.get(key) !== present) return this.get(address, role);
    }
    const opening = this.open(address);
    this.links.set(key, opening);
    try {
      const link = await opening;
      if (this.closed) link.close('its owner was closed');
      this.logger.debug({ broker: `${address.host}:${address.port}`, role }, 'kafka link opened');
      return link;
    } catch (error) {
      if (this.links.get(key) === opening) this.links.delete(key);
      throw error;
    }
  }

  /** Closes all Links; the set can be used again. */
  drop(reason: string): void {
    for (const link of this.links.values()) {
      link.then((opened) => opened.close(reason)).catch(() => undefined);
    }
    this.links.clear();
  }

  close(): void {
    this.closed = true;
    this.drop('its owner was closed');
  }
}

function unreachable(address: BrokerAddress, reason: string): KafkaError {
  return new KafkaError({
    code: 'KAFKA_UNREACHABLE',
    message: `The connection to broker ${address.host}:${address.port} is gone: ${reason}. It is opened anew with the next request.`,
    api: 'link',
    kafkaCode: 0,
    retriable: true,
    context: { broker: `${address.host}:${address.port}` },
  });
}

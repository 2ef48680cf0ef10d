import { connect, createServer, type Server, type Socket } from 'node:net';
import { ConnectionPair, type Protocol } from './connection-pair';
import {
  type Direction,
  DroppedReply,
  type Fault,
  FaultPlan,
  type HeldRequest,
  PlannedFlip,
  PlannedHold,
  type RequestMatch,
} from './faults';
import type { RequestFrame } from './kafka-frame';
import type { Address } from './rewrite-addresses';

export interface FaultProxyOptions {
  /** Address of the real server, `host:port`. */
  target: string;
  /** `kafka` cuts the stream into requests and replies and rewrites advertised addresses; `tcp` (default) sees bytes only. */
  protocol?: Protocol;
}

export interface FlipByte extends RequestMatch {
  direction: Direction;
  /** Place in the frame, its 4 size bytes included; negative counts from the end. */
  offset: number;
  /** Bits to turn; 0x01 by default. */
  mask?: number;
}

/**
 * A TCP proxy on loopback that misbehaves on command. Put it between a client and Kafka, Postgres or an HTTP server.
 *
 * Every fault acts on all connections of the proxy. Requests are counted from the moment a fault is planned. A fault
 * tells when it struck (`await fault.hit`): a test that does not look may pass because nothing happened.
 * Modelled on Jepsen's and Trogdor's network faults; "hold and forward late" is the trigger of the lost-transaction
 * fault of KIP-890 (https://jepsen.io/analyses/bufstream-0.1.0).
 */
export class FaultProxy {
  private readonly plan = new FaultPlan();
  private readonly doors = new Map<string, Promise<Door>>();
  private readonly counts = new Map<number, number>();
  private trouble: unknown = null;
  private refusing = false;
  private ownPort = 0;

  private constructor(
    private readonly target: Address,
    private readonly protocol: Protocol,
  ) {}

  static async start({ target, protocol = 'tcp' }: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(parseAddress(target), protocol);
    proxy.ownPort = (await proxy.doorTo(proxy.target)).port;
    return proxy;
  }

  get host(): string {
    return LOOPBACK;
  }

  get port(): number {
    return this.ownPort;
  }

  /** `host:port` for the client. It stays the same over `refuse` and `accept`. */
  get address(): string {
    return `${LOOPBACK}:${this.ownPort}`;
  }

  /** Requests of this API seen so far (Kafka only); held, dropped and altered ones included. */
  requestsSeen(apiKey: number): number {
    return this.counts.get(apiKey) ?? 0;
  }

  /** Open client connections, over all brokers. */
  async connections(): Promise<number> {
    const doors = await Promise.all(this.doors.values());
    return doors.reduce((sum, door) => sum + door.pairs.size, 0);
  }

  /** Resets every open connection; new ones are served. Returns how many there were. */
  async cut(): Promise<number> {
    const pairs = (await Promise.all(this.doors.values())).flatMap((door) => [...door.pairs]);
    for (const pair of pairs) pair.cut();
    return pairs.length;
  }

  /** Resets the connection over which the given number of further bytes has passed; resolves when it did. */
  cutAfterBytes(bytes: number, direction: Direction = 'response'): Promise<void> {
    return new Promise((done) => {
      this.plan.cutAfter = { direction, bytesLeft: bytes, done };
    });
  }

  /** New connections get ECONNREFUSED until `accept`; open ones live on. A server that is away: `refuse`, then `cut`. */
  async refuse(): Promise<void> {
    this.refusing = true;
    await Promise.all([...this.doors.values()].map(async (door) => (await door).shut()));
  }

  async accept(): Promise<void> {
    this.refusing = false;
    await Promise.all([...this.doors.values()].map(async (door) => (await door).open()));
  }

  /** Adds latency to each direction; order is kept, throughput is not limited. 0 ends it. `jitter` is drawn per chunk. */
  delay(ms: number, jitter?: { ms: number; random: () => number }): void {
    this.plan.delayMs = () => ms + (jitter ? (jitter.random() * 2 - 1) * jitter.ms : 0);
  }

  /** Delivers at most this many bytes at a time, so that frames arrive in pieces. 0 ends it. */
  slice(bytes: number): void {
    this.plan.sliceBytes = bytes;
  }

  /** Nothing passes and nobody is told: a half-open network. Bytes wait, and arrive late after `heal`. */
  blackhole(): void {
    this.plan.blackhole();
  }

  heal(): void {
    this.plan.heal();
  }

  /** The server does the work and its reply is lost. The connection stays silent, or is reset with `thenCut`. */
  dropReply(match: RequestMatch & { thenCut?: boolean }): Fault {
    return this.onKafka(() => this.plan.add((forget) => new DroppedReply(match, match.thenCut ?? false, forget)));
  }

  /**
   * Keeps one request, and all that follow it on its connection, until `release` or `discard`. It is forwarded
   * even when its client has gone meanwhile; the reply then goes nowhere.
   */
  holdRequest(match: RequestMatch): HeldRequest {
    return this.onKafka(() => this.plan.add((forget) => new PlannedHold(match, forget)));
  }

  /** Turns bits of one byte of one request, or of the reply to it. */
  flipByte({ direction, offset, mask = 0x01, ...match }: FlipByte): Fault {
    return this.onKafka(() => this.plan.add((forget) => new PlannedFlip(match, direction, offset, mask, forget)));
  }

  /** Takes back all faults that are planned or going on, except `refuse`. Requests still held are discarded. */
  clear(): void {
    this.plan.clear();
  }

  /** Closes everything. Throws if the proxy itself failed on the way, because then the test proved nothing. */
  async close(): Promise<void> {
    await this.refuse();
    this.plan.clear();
    const doors = await Promise.all(this.doors.values());
    for (const door of doors) for (const pair of door.pairs) pair.cut();
    await Promise.all(doors.flatMap((door) => [...door.pairs].map((pair) => pair.closed)));
    if (this.trouble) throw new Error('The fault proxy failed; see the cause.', { cause: this.trouble });
  }

  private onKafka<F>(plan: () => F): F {
    if (this.protocol !== 'kafka')
      throw new Error("This fault needs requests: start the proxy with protocol: 'kafka'.");
    return plan();
  }

  private doorTo(target: Address): Promise<Door> {
    const key = keyOf(target);
    let door = this.doors.get(key);
    if (!door) {
      door = Door.build(this.refusing, (client) => this.pair(client, target));
      this.doors.set(key, door);
    }
    return door;
  }

  private pair(client: Socket, target: Address): ConnectionPair {
    const server = connect({ host: target.host, port: target.port, allowHalfOpen: true });
    return new ConnectionPair(client, server, {
      protocol: this.protocol,
      plan: this.plan,
      mapAddress: async (advertised) => ({ host: LOOPBACK, port: (await this.doorTo(advertised)).port }),
      onRequest: (frame: RequestFrame) => this.counts.set(frame.apiKey, this.requestsSeen(frame.apiKey) + 1),
      onTrouble: (error) => {
        this.trouble ??= error;
      },
    });
  }
}

const LOOPBACK = '127.0.0.1';

/** One listening port: the way to one broker. */
class Door {
  readonly pairs = new Set<ConnectionPair>();
  port = 0;
  private server: Server | null = null;

  private constructor(private readonly pairUp: (client: Socket) => ConnectionPair) {}

  static async build(refusing: boolean, pairUp: (client: Socket) => ConnectionPair): Promise<Door> {
    const door = new Door(pairUp);
    await door.open();
    if (refusing) await door.shut();
    return door;
  }

  async open(): Promise<void> {
    if (this.server) return;
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const pair = this.pairUp(client);
      this.pairs.add(pair);
      pair.closed.then(() => this.pairs.delete(pair));
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, LOOPBACK, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The fault proxy has no port.');
    this.port = address.port;
  }

  /** Stops listening; `close` itself would wait for the open connections. */
  async shut(): Promise<void> {
    this.server?.close();
    this.server = null;
    await new Promise(setImmediate);
  }
}

function parseAddress(text: string): Address {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (!host || Number(port) > 65_535) throw new Error(`"${text}" is no address: write host:port.`);
  return { host, port: Number(port) };
}

/** `localhost` and 127.0.0.1 are one broker, so that its bootstrap and advertised address share a door. */
function keyOf({ host, port }: Address): string {
  return `${host === 'localhost' || host === '::1' ? LOOPBACK : host}:${port}`;
}

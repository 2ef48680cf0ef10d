import type { Socket } from 'node:net';
import type { DroppedReply, FaultPlan, PlannedFlip } from './faults';
import { FrameSplitter, type RequestFrame, readCorrelationId, readRequest } from './kafka-frame';
import { Pipe } from './pipe';
import { carriesAddresses, type MapAddress, rewriteAddresses } from './rewrite-addresses';

export type Protocol = 'tcp' | 'kafka';

export interface PairContext {
  readonly protocol: Protocol;
  readonly plan: FaultPlan;
  readonly mapAddress: MapAddress;
  onRequest(frame: RequestFrame): void;
  onTrouble(error: unknown): void;
}

interface AwaitedReply {
  readonly request: RequestFrame;
  readonly drop?: DroppedReply;
  readonly flip?: PlannedFlip;
}

/** A connection that one side left is closed for good after this time, whatever is still on its way. */
const LAST_BYTES_MS = 5_000;

/** One client connection and the connection to the real server that stands behind it. */
export class ConnectionPair {
  readonly closed: Promise<void>;
  private readonly toServer: Pipe;
  private readonly toClient: Pipe;
  private readonly awaited = new Map<number, AwaitedReply>();
  private holding = false;
  private clientGone = false;
  private farewell: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly context: PairContext,
  ) {
    this.toServer = new Pipe(server, 'request', context.plan, () => this.cut());
    this.toClient = new Pipe(client, 'response', context.plan, () => this.cut());
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => {}); // 'close' follows and says what is needed
    }
    this.closed = Promise.all([closeOf(client), closeOf(server)]).then(() => clearTimeout(this.farewell));
    client.once('close', () => this.clientLeft());
    server.once('close', (hadError) => this.serverLeft(hadError));
    this.pump(client, (bytes) => this.fromClient(bytes), this.toServer).then(() => this.clientLeft());
    this.pump(server, (bytes) => this.fromServer(bytes), this.toClient).then(() => this.toClient.end());
  }

  /** Resets both sides, as a router that forgot the connection. */
  cut(): void {
    for (const socket of [this.client, this.server]) {
      if (socket.connecting) socket.destroy();
      else if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  private async pump(from: Socket, handle: (unit: Buffer) => Promise<void>, to: Pipe): Promise<void> {
    const splitter = this.context.protocol === 'kafka' ? new FrameSplitter() : null;
    try {
      for await (const chunk of chunksOf(from)) {
        for (const unit of splitter ? splitter.push(chunk) : [chunk]) await handle(unit);
      }
      const rest = splitter?.rest();
      if (rest && rest.length > 0) await to.write(rest);
    } catch (error) {
      this.context.onTrouble(error);
      this.cut();
    }
  }

  private async fromClient(bytes: Buffer): Promise<void> {
    const request = this.context.protocol === 'kafka' ? readRequest(bytes) : null;
    if (!request) return this.toServer.write(bytes);
    this.context.onRequest(request);
    const { hold, drop, flip } = this.context.plan.forRequest(request);
    if (hold) {
      this.holding = true;
      const verdict = await hold.verdict;
      this.holding = false;
      if (verdict === 'discard') return this.departIfQuiet();
    }
    this.awaited.set(request.correlationId, { request, drop, flip });
    await this.toServer.write(flip?.direction === 'request' ? flip.applyTo(bytes) : bytes);
  }

  private async fromServer(bytes: Buffer): Promise<void> {
    const correlationId = this.context.protocol === 'kafka' ? readCorrelationId(bytes) : null;
    const reply = correlationId === null ? undefined : this.awaited.get(correlationId);
    if (!reply) return this.toClient.write(bytes);
    this.awaited.delete(reply.request.correlationId);
    if (reply.drop) {
      if (reply.drop.thenCut) this.cut();
    } else {
      await this.toClient.write(await this.dressed(reply, bytes));
    }
    this.departIfQuiet();
  }

  private async dressed({ request, flip }: AwaitedReply, bytes: Buffer): Promise<Buffer> {
    const shown = carriesAddresses(request.apiKey)
      ? await rewriteAddresses(request.apiKey, request.apiVersion, bytes, this.context.mapAddress)
      : bytes;
    return flip?.direction === 'response' ? flip.applyTo(shown) : shown;
  }

  /** The server is told that the client left only after it answered what was forwarded: a held request must reach it. */
  private clientLeft(): void {
    this.clientGone = true;
    this.departIfQuiet();
  }

  private departIfQuiet(): void {
    if (!this.clientGone || this.holding) return;
    if (this.awaited.size === 0) this.toServer.end();
    this.closeSoon();
  }

  private serverLeft(hadError: boolean): void {
    if (hadError) this.cut();
    else this.toClient.end();
    this.closeSoon();
  }

  private closeSoon(): void {
    this.farewell ??= setTimeout(() => this.cut(), LAST_BYTES_MS);
  }
}

/** The bytes of a socket until it ends, whichever way: a reset is an end here. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    yield* socket.iterator({ destroyOnReturn: false });
  } catch {
    return;
  }
}

function closeOf(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));
}

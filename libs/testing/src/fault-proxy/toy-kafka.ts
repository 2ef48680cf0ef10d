import { connect, createServer, type Server, type Socket } from 'node:net';
import { FrameSplitter, readCorrelationId, readRequest } from './kafka-frame';

/** A request frame: size, header v1 and an opaque body. */
export function requestFrame(apiKey: number, apiVersion: number, correlationId: number, body: Buffer): Buffer {
  const clientId = Buffer.from('toy');
  const head = Buffer.alloc(4 + 8 + 2);
  head.writeInt32BE(8 + 2 + clientId.length + body.length, 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(apiVersion, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(clientId.length, 12);
  return Buffer.concat([head, clientId, body]);
}

export function responseFrame(correlationId: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, body]);
}

/** A server that answers every request with the request's own body, and remembers what it worked on. */
export class ToyKafka {
  readonly worked: { apiKey: number; body: string }[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ToyKafka> {
    const server = createServer();
    const toy = new ToyKafka(server);
    server.on('connection', (socket) => toy.serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return toy;
  }

  get address(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The toy server does not listen.');
    return `127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    const splitter = new FrameSplitter();
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const request = readRequest(frame);
        if (!request) continue;
        const body = frame.subarray(17);
        this.worked.push({ apiKey: request.apiKey, body: body.toString() });
        socket.write(responseFrame(request.correlationId, body));
      }
    });
  }
}

/** A client of one connection. `send` settles with the reply's body, or rejects when the connection dies. */
export class ToyClient {
  private readonly waiting = new Map<number, { resolve: (body: Buffer) => void; reject: (error: Error) => void }>();
  private next = 1;

  private constructor(readonly socket: Socket) {
    const splitter = new FrameSplitter();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const id = readCorrelationId(frame) ?? 0;
        this.waiting.get(id)?.resolve(frame.subarray(8));
        this.waiting.delete(id);
      }
    });
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('connection closed'));
    });
  }

  static connect(address: string): Promise<ToyClient> {
    const [host, port] = address.split(':');
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: Number(port) });
      socket.once('connect', () => resolve(new ToyClient(socket)));
      socket.once('error', reject);
    });
  }

  send(apiKey: number, apiVersion: number, body: Buffer | string): Promise<Buffer> {
    const id = this.next++;
    const reply = new Promise<Buffer>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    reply.catch(() => {});
    this.socket.write(requestFrame(apiKey, apiVersion, id, Buffer.from(body)));
    return reply;
  }

  close(): void {
    this.socket.destroy();
  }
}

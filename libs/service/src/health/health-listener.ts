import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Logger } from '@millrace/contracts';
import type { Metrics } from '../metrics/metrics';
import type { Health } from './health';

export interface HealthListenerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Facts about the process for GET /info; no secrets. */
  readonly info: () => Record<string, unknown>;
  readonly logger: Logger;
}

/**
 * The pages of every process, on plain node:http so that they answer even while the application inside does not:
 *
 *   GET /health/live    200 while the event loop turns
 *   GET /health/ready   200 {"ready":true,"reasons":[]} or 503 {"ready":false,"reasons":["kafka: ..."]}
 *   GET /metrics        Prometheus text format
 *   GET /info           what this process is
 */
export class HealthListener {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(options: HealthListenerOptions): Promise<HealthListener> {
    const server = createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.logger.error({ err: error, path: request.url }, 'A health page failed');
        if (!response.headersSent) reply(response, 500, { error: 'failed; the log says why' });
      });
    });
    // A scraper that keeps its connection must not keep a stopping process, nor a slow one a socket.
    server.requestTimeout = 10_000;
    server.headersTimeout = 10_000;
    await listen(server, options);
    server.on('error', (error) => options.logger.warn({ err: error }, 'The health listener has trouble'));
    return new HealthListener(server, (server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}

async function listen(server: Server, { host, port }: HealthListenerOptions): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new AppError({
      code: 'PORT_TAKEN',
      message: `The health pages cannot listen on ${host}:${port} (${(cause as NodeJS.ErrnoException).code}). Choose another MILLRACE_HEALTH_PORT, or stop what uses it.`,
      retriable: false,
      cause,
    });
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { health, metrics, info }: HealthListenerOptions,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(response, 405, { error: 'GET only' });
  switch (request.url?.split('?')[0]) {
    case '/health/live':
      return reply(response, 200, { live: true });
    case '/health/ready': {
      const readiness = await health.readiness();
      return reply(response, readiness.ready ? 200 : 503, readiness);
    }
    case '/metrics':
      response.writeHead(200, { 'content-type': metrics.contentType });
      response.end(await metrics.text());
      return;
    case '/info':
      return reply(response, 200, info());
    default:
      return reply(response, 404, { error: 'There are /health/live, /health/ready, /metrics and /info.' });
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  // The pid tells a supervisor that it is its own child that answers, and not another installation on a port taken meanwhile.
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-millrace-pid': String(process.pid),
  };
  response.writeHead(status, headers);
  response.end(`${JSON.stringify(body)}\n`);
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A schema registry in memory, for specs of libraries, which cannot start `apps/schema-registry`: registers, looks up and
 * gives back schemas under Confluent's paths. It takes every schema: compatibility is not its business.
 */
export class MemoryRegistry {
  private readonly texts: string[] = [];
  private readonly subjects = new Map<string, number[]>();
  /** Compatibility level by subject, as it was set. */
  readonly levels = new Map<string, string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<MemoryRegistry> {
    const server = createServer();
    const registry = new MemoryRegistry(server);
    server.on('request', (request, response) => void registry.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get subjectNames(): string[] {
    return [...this.subjects.keys()].sort();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const [status, body] = this.route(request.method ?? '', request.url ?? '', text === '' ? {} : JSON.parse(text));
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body));
  }

  private route(method: string, url: string, body: { schema?: string; compatibility?: string }): [number, object] {
    const [first, second, third] = (url.split('?')[0] ?? '').split('/').slice(1).map(decodeURIComponent);
    if (method === 'PUT' && first === 'config' && second) {
      this.levels.set(second, body.compatibility ?? '');
      return [200, body];
    }
    if (method === 'GET' && first === 'schemas') {
      const schema = this.texts[Number(third) - 1];
      return schema === undefined ? NOT_FOUND : [200, { schema }];
    }
    if (method === 'POST' && first === 'subjects' && second && body.schema) {
      return third === 'versions'
        ? [200, { id: this.register(second, body.schema) }]
        : this.lookup(second, body.schema);
    }
    return NOT_FOUND;
  }

  private register(subject: string, schema: string): number {
    if (!this.texts.includes(schema)) this.texts.push(schema);
    const id = this.texts.indexOf(schema) + 1;
    const ids = this.subjects.get(subject) ?? [];
    if (!ids.includes(id)) this.subjects.set(subject, [...ids, id]);
    return id;
  }

  private lookup(subject: string, schema: string): [number, object] {
    const id = this.texts.indexOf(schema) + 1;
    const version = (this.subjects.get(subject) ?? []).indexOf(id) + 1;
    return version === 0 ? NOT_FOUND : [200, { subject, id, version, schema }];
  }
}

const NOT_FOUND: [number, object] = [404, { error_code: 40403, message: 'Not found' }];

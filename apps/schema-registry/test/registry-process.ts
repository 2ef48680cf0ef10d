import path from 'node:path';
import { type NodeProcess, spawnNode, type TestGround } from '@millrace/testing';

const MAIN = path.join(__dirname, '..', 'src', 'main.ts');

/** A schema registry in a process of its own, on a free port. */
export class RegistryProcess {
  private constructor(
    readonly process: NodeProcess,
    readonly url: string,
    readonly healthUrl: string,
  ) {}

  /** Starts it and waits until its door is open and, unless told otherwise, until it is the writer. */
  static async start(
    { kafka, prefix }: Pick<TestGround, 'kafka' | 'prefix'>,
    { env = {}, waitForWriter = true }: { env?: Record<string, string>; waitForWriter?: boolean } = {},
  ): Promise<RegistryProcess> {
    const process = spawnNode(MAIN, {
      env: {
        KAFKA_BROKERS: kafka,
        MILLRACE_PREFIX: prefix,
        MILLRACE_SCHEMA_REGISTRY_PORT: '0',
        MILLRACE_HEALTH_PORT: '0',
        MILLRACE_TRUSTED_KEYS: undefined,
        ...env,
      },
    });
    await process.waitFor(/"healthPort":\d+/, 60_000);
    if (waitForWriter) await process.waitFor('This schema registry is the writer', 60_000);
    const port = (pattern: RegExp) => pattern.exec(process.output)?.[1];
    const door = port(/"port":(\d+),"msg":"The door is open"/);
    return new RegistryProcess(process, `http://127.0.0.1:${door}`, `http://127.0.0.1:${port(/"healthPort":(\d+)/)}`);
  }

  async call(
    method: string,
    resource: string,
    body?: object,
  ): Promise<{ status: number; body: unknown; retryAfter: string | null }> {
    const response = await fetch(`${this.url}${resource}`, {
      method,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: await response.json(), retryAfter: response.headers.get('retry-after') };
  }

  register(subject: string, schema: unknown) {
    return this.call('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) });
  }
}

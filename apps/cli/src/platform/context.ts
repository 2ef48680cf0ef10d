import type { KafkaClient, SchemaRegistryClient } from '@millrace/messaging';
import { findPlatform, keyOf, type Platform } from './find-platform';
import { GatewayClient } from './gateway-client';
import { quietLogger } from './quiet-logger';

/** What a command works with. Kafka is connected only by commands that touch records, because it takes a while. */
export interface Context {
  readonly platform: Platform;
  readonly gateway: GatewayClient;
  kafka(): Promise<KafkaClient>;
  schemas(): Promise<SchemaRegistryClient>;
  close(): Promise<void>;
}

export interface ContextOptions {
  /** Whose key is sent; by default the one of the command line, or `MILLRACE_API_KEY`. */
  readonly as?: string | undefined;
}

export function openContext({ as }: ContextOptions = {}): Context {
  const found = findPlatform();
  const platform = as === undefined ? found : { ...found, apiKey: keyOf(found, as) };
  let client: KafkaClient | null = null;
  return {
    platform,
    gateway: new GatewayClient(platform),
    async kafka() {
      const { connectCli } = await import('./connect-kafka.js');
      client ??= await connectCli(platform, quietLogger);
      return client;
    },
    async schemas() {
      const { SchemaRegistryClient } = await import('@millrace/messaging');
      return new SchemaRegistryClient({ url: platform.schemaRegistryUrl, prefix: platform.prefix });
    },
    async close() {
      await client?.close();
    },
  };
}

/** Runs a command with a context that is closed whatever happens. */
export async function withContext<T>(work: (context: Context) => Promise<T>, options?: ContextOptions): Promise<T> {
  const context = openContext(options);
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}

import { Client, type ClientConfig } from 'pg';
import { asDatabaseError } from './database-error';
import { type ConnectionSettings, checkSettings, DEFAULTS, placeOf } from './settings';

/** What every connection of a service has in common, pooled or not. */
export function connectionConfig(settings: ConnectionSettings): ClientConfig {
  return {
    connectionTimeoutMillis: settings.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
    application_name: settings.applicationName ?? settings.schema,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // The server, too, shall notice a client that vanished, or its locks would stay held for two hours (Linux' default).
    options: `-c search_path=${settings.schema} -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3`,
  };
}

/** A connection outside the pool. Its loss is told once, through `onLost`, and never crashes the process. */
export async function openConnection(settings: ConnectionSettings, onLost: (error: Error) => void): Promise<Client> {
  checkSettings(settings);
  const client = new Client({ connectionString: settings.url, ...connectionConfig(settings) });
  let told = false;
  const lost = (error: Error): void => {
    if (told) return;
    told = true;
    onLost(error);
  };
  client.on('error', lost);
  client.on('end', () => lost(new Error('Connection terminated')));
  try {
    await client.connect();
  } catch (error) {
    told = true;
    await client.end().catch(() => {});
    throw asDatabaseError(error, placeOf(settings.url));
  }
  return client;
}

/** Ends a connection that may be dead already: waits for a polite end only so long. */
export async function endConnection(client: Client): Promise<void> {
  const polite = client.end().catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([polite, late]);
  clearTimeout(timer);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { Client } from 'pg';
import { endConnection, openConnection } from './connection';
import type { ConnectionSettings } from './settings';

/** `null` instead of a payload: something may have been missed, look for yourself. */
export type OnNotify = (payload: string | null) => void;

export interface ListenerOptions {
  /** Pause before a lost connection is opened again, in ms; 1,000 by default. */
  reconnectMs?: number;
  /** How often, and how long, the connection is asked whether it still lives, in ms; 30,000 by default. */
  heartbeatMs?: number;
}

/**
 * LISTEN for any number of channels on one connection that is opened again when it is lost. NOTIFY is lost while nobody
 * listens, so every listener is called with `null` after each (re)connection; poll slowly besides.
 */
export class DatabaseListener {
  private readonly callbacks = new Map<string, Set<OnNotify>>();
  private readonly stopping = new AbortController();
  private readonly loop: Promise<void>;
  private client: Client | null = null;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly logger: Logger,
    private readonly options: ListenerOptions = {},
  ) {
    this.loop = this.stayConnected();
  }

  /** Calls back on every NOTIFY of the channel until the returned function is called. */
  listen(channel: string, onNotify: OnNotify): () => void {
    const callbacks = this.callbacks.get(channel) ?? new Set();
    this.callbacks.set(channel, callbacks);
    callbacks.add(onNotify);
    if (this.client) this.subscribe(this.client, channel, onNotify).catch((error: unknown) => this.trouble(error));
    return () => callbacks.delete(onNotify);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async stayConnected(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.connectOnce(signal);
      } catch (error) {
        this.trouble(error);
      }
      await sleep(this.options.reconnectMs ?? 1_000, undefined, { signal }).catch(() => {});
    }
  }

  /** Settles when the connection is gone or the listener closes. */
  private async connectOnce(signal: AbortSignal): Promise<void> {
    const gone = new AbortController();
    const client = await openConnection(this.settings, (error) => gone.abort(error));
    const heartbeat = setInterval(() => this.check(client, gone), this.options.heartbeatMs ?? 30_000);
    try {
      client.on('notification', ({ channel, payload }) => this.tell(channel, payload ?? ''));
      this.client = client;
      for (const [channel, callbacks] of this.callbacks) {
        await this.subscribe(client, channel, ...callbacks);
      }
      await aborted(AbortSignal.any([signal, gone.signal]));
    } finally {
      this.client = null;
      clearInterval(heartbeat);
      await endConnection(client);
    }
  }

  private async subscribe(client: Client, channel: string, ...callbacks: OnNotify[]): Promise<void> {
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    for (const onNotify of callbacks) this.call(onNotify, null);
  }

  private tell(channel: string, payload: string): void {
    for (const onNotify of this.callbacks.get(channel) ?? []) this.call(onNotify, payload);
  }

  private call(onNotify: OnNotify, payload: string | null): void {
    try {
      onNotify(payload);
    } catch (error) {
      this.logger.error({ reason: String(error) }, 'A listener of database notifications threw');
    }
  }

  private check(client: Client, gone: AbortController): void {
    const limit = this.options.heartbeatMs ?? 30_000;
    const late = setTimeout(() => gone.abort(new Error(`No answer within ${limit} ms`)), limit);
    client
      .query('SELECT 1')
      .catch((error: unknown) => gone.abort(error))
      .finally(() => clearTimeout(late));
  }

  private trouble(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ reason }, 'Not listening to the database; connecting again');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

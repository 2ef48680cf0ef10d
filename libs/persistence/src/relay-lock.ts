import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@millrace/contracts';
import type { Client } from 'pg';
import { endConnection, openConnection } from './connection';
import { asDatabaseError } from './database-error';
import { type ConnectionSettings, placeOf } from './settings';

export interface HeldLock {
  /** Aborted as soon as the lock is lost or released: stop what it protects. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

export interface RelayLockOptions {
  /** Pause between tries while another process holds the lock, and after an error, in ms; 1,000 by default. */
  retryMs?: number;
  /** How often, and how long, the connection is asked whether it still lives, in ms; 5,000 by default. */
  heartbeatMs?: number;
  /** Many may hold it together, but nobody beside one who holds it alone. */
  shared?: boolean;
}

/**
 * "At most one at a time" over processes: a session-level advisory lock on a connection of its own. When the process or its connection
 * dies, Postgres frees it. For a moment old and new holder may overlap, so what it protects must bear being done twice.
 */
export class RelayLock {
  private readonly retryMs: number;
  private readonly heartbeatMs: number;
  private readonly take: string;

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly name: string,
    private readonly logger: Logger,
    options: RelayLockOptions = {},
  ) {
    this.retryMs = options.retryMs ?? 1_000;
    this.heartbeatMs = options.heartbeatMs ?? 5_000;
    this.take = `pg_try_advisory_lock${options.shared ? '_shared' : ''}`;
  }

  /** Waits until the lock is held; null when `signal` ended the wait. A database that is away is waited for as well. */
  async acquire(signal: AbortSignal): Promise<HeldLock | null> {
    while (!signal.aborted) {
      const held = await this.tryOnce().catch((error: unknown) => {
        this.logger.warn({ lock: this.name, reason: messageOf(error) }, 'Cannot ask for the lock; trying again');
        return null;
      });
      if (held && !signal.aborted) return held;
      await held?.release();
      await sleep(this.retryMs, undefined, { signal }).catch(() => {});
    }
    return null;
  }

  private async tryOnce(): Promise<HeldLock | null> {
    const lost = new AbortController();
    const client = await openConnection(this.settings, (error) => lost.abort(error));
    try {
      const { rows } = await client.query<{ taken: boolean }>(
        `SELECT ${this.take}(hashtext($1), hashtext($2)) AS taken`,
        [`millrace.${this.name}`, this.settings.schema],
      );
      if (rows[0].taken) return this.hold(client, lost);
    } catch (error) {
      await endConnection(client);
      throw asDatabaseError(error, placeOf(this.settings.url));
    }
    await endConnection(client);
    return null;
  }

  private hold(client: Client, lost: AbortController): HeldLock {
    const heartbeat = setInterval(() => this.check(client, lost), this.heartbeatMs);
    lost.signal.addEventListener('abort', () => {
      clearInterval(heartbeat);
      this.logger.info({ lock: this.name }, 'The lock is no longer held');
    });
    this.logger.info({ lock: this.name }, 'Holds the lock');
    return {
      lost: lost.signal,
      release: async () => {
        lost.abort(new Error('released'));
        await endConnection(client);
      },
    };
  }

  /** A half-open connection gives no error by itself. */
  private check(client: Client, lost: AbortController): void {
    const late = setTimeout(() => {
      lost.abort(new Error(`No answer within ${this.heartbeatMs} ms`));
      endConnection(client);
    }, this.heartbeatMs);
    client
      .query('SELECT 1')
      .catch((error: unknown) => lost.abort(error))
      .finally(() => clearTimeout(late));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

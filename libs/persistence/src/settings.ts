import { AppError } from '@millrace/contracts';

/** Where one service's tables are. */
export interface ConnectionSettings {
  /** `postgres://user:password@host:port/database`, the service's own role. */
  url: string;
  /** The service's own schema. Made at start if it is missing and the role may make it. */
  schema: string;
  /** Shown in `pg_stat_activity`; the schema's name by default. */
  applicationName?: string;
  /** How long to wait for a connection, from the server or from the pool, in ms; 3,000 by default. */
  connectTimeoutMs?: number;
}

export interface DatabaseSettings extends ConnectionSettings {
  entities?: Function[];
  migrations?: Function[];
  /** Most connections of this process; 5 by default. */
  poolSize?: number;
  /** The server ends a statement after this time, in ms; 15,000 by default. The client gives up 2 s later. */
  statementTimeoutMs?: number;
  /** The server ends the wait for a lock after this time, in ms; 5,000 by default. */
  lockTimeoutMs?: number;
  /** The server ends a transaction that is open and idle for this time, in ms; 60,000 by default. */
  idleInTransactionTimeoutMs?: number;
}

export const DEFAULTS = {
  connectTimeoutMs: 3_000,
  poolSize: 5,
  statementTimeoutMs: 15_000,
  lockTimeoutMs: 5_000,
  idleInTransactionTimeoutMs: 60_000,
} as const;

const NAME = /^[a-z][a-z0-9_]{0,49}$/;

/** Refuses an address or schema that cannot work, in words that hold no secret. */
export function checkSettings({ url, schema }: ConnectionSettings): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const usable =
    parsed && ['postgres:', 'postgresql:'].includes(parsed.protocol) && parsed.hostname && parsed.pathname.length > 1;
  if (!usable) {
    throw new AppError({
      code: 'DATABASE_URL_INVALID',
      message:
        'The database URL cannot be used. Write postgres://user:password@host:port/database; characters such as @ : / in the password must be percent-encoded.',
      retriable: false,
    });
  }
  if (!NAME.test(schema)) {
    throw new AppError({
      code: 'DATABASE_SCHEMA_INVALID',
      message: `"${schema}" is no schema name for a service: small letters, digits and underscores, a letter first, at most 50.`,
      retriable: false,
    });
  }
}

/** `host:port/database` for messages: never the user's password. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'the database';
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${pathname}`;
}

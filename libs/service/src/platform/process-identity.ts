import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock, Ids } from '@millrace/contracts';

/** Tells the processes of one service apart; the same for the whole life of the process. */
export const instanceName = (): string => `${hostname()}:${process.pid}`;

export const systemClock: Clock = { now: Date.now };
export const randomIds: Ids = { uuid: randomUUID };

/** A service's schema in Postgres: `schema-registry` with prefix `dev.` -> dev_schema_registry (infra/postgres makes it). */
export function databaseSchemaOf(service: string, prefix: string): string {
  return `${prefix.toLowerCase().replace(/[^a-z0-9]+/g, '_')}${service.replaceAll('-', '_')}`;
}

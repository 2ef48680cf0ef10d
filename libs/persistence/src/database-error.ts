// Which trouble is whose (SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html):
//
//   infrastructure  08 connection, 53 resources, 57P0x shutdown, 58 system, 25006 read-only, login, network errors, no connection in time
//   transient       40001 serialization, 40P01 deadlock, 55P03 lock timeout, 57014 statement timeout
//   everything else is the statement's own fault (a broken constraint, bad SQL) and is not retried.
import { types } from 'node:util';
import { AppError, InfrastructureError, TransientError } from '@millrace/contracts';

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

// pg and pg-pool give these no code.
const LOST_CONNECTION = [
  /^Connection terminated/,
  /^timeout expired/,
  /^Query read timeout/,
  /not queryable$/,
  /^Cannot use a pool after calling end/,
  /^Connection ended unexpectedly/,
];
const NO_FREE_CONNECTION = /^timeout exceeded when trying to connect/;
const TYPEORM_CLOSED =
  /^(QueryRunner(Provider)?AlreadyReleased|CannotExecuteNotConnected|ConnectionIsNotSet|DriverNotConnected)Error$/;

/**
 * Turns what pg and TypeORM throw into an {@link AppError}; other errors and AppErrors come back as they are.
 * Neither the message nor the cause holds the statement's parameters: they are data of the domain.
 */
export function asDatabaseError(error: unknown, place: string): unknown {
  if (error instanceof AppError || !isError(error)) return error;
  const root = rootOf(error);
  const code = codeOf(root);
  const context = { place, sqlState: isSqlState(code) ? code : undefined, ...objectsOf(root) };
  const cause = withoutData(root);
  const away = (message: string, name = 'DATABASE_AWAY') =>
    new InfrastructureError({ code: name, message, context, cause });

  if (TYPEORM_CLOSED.test(root.name) || LOST_CONNECTION.some((pattern) => pattern.test(root.message))) {
    return away(`The connection to PostgreSQL at ${place} was lost (${root.message}). Is the server up?`);
  }
  if (NO_FREE_CONNECTION.test(root.message)) {
    return away(
      `PostgreSQL at ${place} gave no connection in time: the server is slow or away, or all connections of the pool are in use.`,
      'DATABASE_NO_CONNECTION',
    );
  }
  if (code === undefined) return error;
  if (NETWORK.has(code)) {
    return away(`PostgreSQL at ${place} does not answer (${code}). Start it, or correct the database URL.`);
  }
  if (!isSqlState(code)) return error;
  return fromSqlState(code, root.message, place, away, { context, cause });
}

function fromSqlState(
  code: string,
  text: string,
  place: string,
  away: (message: string, name?: string) => InfrastructureError,
  init: { context: Record<string, unknown>; cause: Error },
): AppError {
  if (code.startsWith('28')) {
    return away(
      `PostgreSQL at ${place} refused the login (${text}). Correct user and password in the database URL.`,
      'DATABASE_LOGIN_REFUSED',
    );
  }
  if (code === '3D000')
    return away(`PostgreSQL at ${place}: ${text}. Create it, or correct the database URL.`, 'DATABASE_MISSING');
  if (/^(08|53|58)/.test(code) || /^57P0/.test(code) || code === '25006' || code === '25P03') {
    return away(`PostgreSQL at ${place} cannot work now: ${text} (${code}).`);
  }
  if (isConflict(code)) {
    return new TransientError({
      code: 'DATABASE_CONFLICT',
      message: `Two transactions at ${place} got in each other's way: ${text} (${code}). A retry resolves it.`,
      ...init,
    });
  }
  if (code === '55P03' || code === '57014') {
    return new TransientError({
      code: 'DATABASE_TIMEOUT',
      message: `A statement at ${place} was ended by its time limit: ${text} (${code}). Retry; if it stays, look for long transactions.`,
      ...init,
    });
  }
  if (code === '42501') {
    return new AppError({
      code: 'DATABASE_FORBIDDEN',
      message: `PostgreSQL at ${place} forbids this role what it tried: ${text}. Each service may use its own schema only.`,
      retriable: false,
      ...init,
    });
  }
  return new AppError({
    code: 'DATABASE_REFUSED',
    message: `PostgreSQL at ${place} refused a statement: ${text} (${code}).`,
    retriable: false,
    ...init,
  });
}

/** Whether the error, raw or classified, says that a unique constraint (of this name) was broken. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const facts: { sqlState?: unknown; constraint?: unknown } =
    error instanceof AppError
      ? error.context
      : isError(error)
        ? { sqlState: codeOf(rootOf(error)), ...objectsOf(rootOf(error)) }
        : {};
  return facts.sqlState === '23505' && (constraint === undefined || facts.constraint === constraint);
}

/** Serialization failure or deadlock: the whole transaction may simply be run again. */
export function isConflict(code: string | undefined): boolean {
  return code === '40001' || code === '40P01';
}

export function sqlStateOf(error: unknown): string | undefined {
  return isError(error) ? codeOf(rootOf(error)) : undefined;
}

/** TypeORM wraps the driver's error; Node gathers the attempts of several addresses in one. */
function rootOf(error: Error): Error {
  if ('driverError' in error && isError(error.driverError)) return rootOf(error.driverError);
  if ('errors' in error && Array.isArray(error.errors) && isError(error.errors[0])) return error.errors[0];
  return error;
}

/** Node's own errors are of another realm than ours under Jest, where `instanceof` alone denies them. */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function isSqlState(code: string | undefined): code is string {
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.has(code);
}

function objectsOf(error: Error): { table?: string; constraint?: string } {
  const read = (name: string): string | undefined => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : undefined;
  };
  return { table: read('table'), constraint: read('constraint') };
}

function withoutData(error: Error): Error {
  const bare = new Error(error.message);
  bare.stack = error.stack;
  return bare;
}

import { AppError, InfrastructureError, type Logger } from '@millrace/contracts';
import 'reflect-metadata';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { connectionConfig } from './connection';
import { asDatabaseError } from './database-error';
import { runMigrations } from './migrations';
import { QuietTypeormLogger } from './quiet-typeorm-logger';
import { checkSettings, type DatabaseSettings, DEFAULTS, placeOf } from './settings';

/**
 * Opens a service's database: makes the schema if need be, runs the pending migrations (one process at a time), opens the pool.
 *
 * Throws an `InfrastructureError` when the server is away or refuses the login, an `AppError` when settings or a migration
 * are wrong. Later losses of connections are logged and show up in the statements that meet them; they never end the process.
 */
export async function createDataSource(settings: DatabaseSettings, logger: Logger): Promise<DataSource> {
  checkSettings(settings);
  const log = logger.child({ database: placeOf(settings.url), schema: settings.schema });
  try {
    await runMigrations(settings, log);
    return await new DataSource(poolOptions(settings, log)).initialize();
  } catch (error) {
    throw asDatabaseError(error, placeOf(settings.url));
  }
}

/** Null when the database answers within the time, else the reason. Uses a pooled connection, so a full pool shows as well. */
export async function pingDatabase(dataSource: DataSource, timeoutMs = 1_000): Promise<AppError | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<AppError>((resolve) => {
    timer = setTimeout(() => resolve(away(`The database did not answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  const answer = dataSource.query('SELECT 1').then(
    () => null,
    (error: unknown) => refused(error),
  );
  const result = await Promise.race([answer, late]);
  clearTimeout(timer);
  return result;
}

function poolOptions(settings: DatabaseSettings, logger: Logger): DataSourceOptions {
  const statementTimeout = settings.statementTimeoutMs ?? DEFAULTS.statementTimeoutMs;
  return {
    type: 'postgres',
    url: settings.url,
    schema: settings.schema,
    entities: settings.entities ?? [],
    synchronize: false,
    logger: new QuietTypeormLogger(logger),
    installExtensions: false,
    poolSize: settings.poolSize ?? DEFAULTS.poolSize,
    poolErrorHandler: (error: Error) => logger.warn({ reason: error.message }, 'A pooled connection was lost'),
    extra: {
      ...connectionConfig(settings),
      statement_timeout: statementTimeout,
      // A network that swallows packets is noticed by the client, a little after the server would have spoken.
      query_timeout: statementTimeout + 2_000,
      lock_timeout: settings.lockTimeoutMs ?? DEFAULTS.lockTimeoutMs,
      idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs ?? DEFAULTS.idleInTransactionTimeoutMs,
    },
  };
}

function away(message: string, cause?: unknown): InfrastructureError {
  return new InfrastructureError({ code: 'DATABASE_AWAY', message, cause });
}

function refused(error: unknown): AppError {
  const classified = asDatabaseError(error, 'the database');
  return classified instanceof AppError ? classified : away(String(error), error);
}

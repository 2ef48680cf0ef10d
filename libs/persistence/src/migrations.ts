import { AppError, type Logger } from '@millrace/contracts';
import { DataSource, MigrationExecutor } from 'typeorm';
import { connectionConfig } from './connection';
import { asDatabaseError } from './database-error';
import { QuietTypeormLogger } from './quiet-typeorm-logger';
import { type DatabaseSettings, placeOf } from './settings';

const MIGRATIONS_TABLE = 'schema_migrations';
const LOCK_WAIT_MS = 60_000;

/**
 * Brings a schema to the newest version, each migration in a transaction of its own. An advisory lock lets one process
 * at a time do it; the others wait, up to a minute, and find it done. Runs without statement limits, on a connection of its own.
 */
export async function runMigrations(settings: DatabaseSettings, logger: Logger): Promise<string[]> {
  const dataSource = await new DataSource({
    type: 'postgres',
    url: settings.url,
    schema: settings.schema,
    entities: [],
    migrations: settings.migrations ?? [],
    migrationsTableName: MIGRATIONS_TABLE,
    logger: new QuietTypeormLogger(logger),
    installExtensions: false,
    poolSize: 2,
    poolErrorHandler: (error: Error) =>
      logger.warn({ reason: error.message }, 'The connection of the migrations was lost'),
    extra: { ...connectionConfig(settings), lock_timeout: LOCK_WAIT_MS },
  }).initialize();
  try {
    return await migrateAlone(dataSource, settings, logger);
  } finally {
    await dataSource.destroy();
  }
}

async function migrateAlone(dataSource: DataSource, settings: DatabaseSettings, logger: Logger): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query("SELECT pg_advisory_lock(hashtext('millrace.migrations'), hashtext($1))", [settings.schema]);
    await makeSchema(runner, settings.schema);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    const done = (await executor.executePendingMigrations()).map((migration) => migration.name);
    if (done.length > 0) logger.info({ migrations: done }, 'Migrated the schema');
    return done;
  } catch (error) {
    throw failed(error, settings);
  } finally {
    // Closing the session would release the lock as well; this is for the pooled connection.
    await runner.query('SELECT pg_advisory_unlock_all()').catch(() => {});
    await runner.release();
  }
}

/** Looks first: a role without CREATE on the database may still own its schema, and IF NOT EXISTS would be refused. */
async function makeSchema(
  runner: { query(sql: string, parameters?: unknown[]): Promise<unknown> },
  schema: string,
): Promise<void> {
  const found: unknown = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (Array.isArray(found) && found.length > 0) return;
  await runner.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
}

function failed(error: unknown, settings: DatabaseSettings): unknown {
  const known = asDatabaseError(error, placeOf(settings.url));
  if (known instanceof AppError && known.code !== 'DATABASE_REFUSED') return known;
  return new AppError({
    code: 'MIGRATION_FAILED',
    message: `The schema "${settings.schema}" could not be migrated: ${error instanceof Error ? error.message : String(error)}. The failed migration left no trace; correct it and start again.`,
    retriable: false,
    cause: known,
  });
}

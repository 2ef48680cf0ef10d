import { AppError, type RebuildReport, verdictOn } from '@millrace/contracts';
import {
  clearScratch,
  createDataSource,
  DatabaseListener,
  type DatabaseSettings,
  declaredTables,
  prepareScratch,
  RelayLock,
  scratchSchemaOf,
  swapTables,
  TableUse,
} from '@millrace/persistence';
import { prepareNest } from '../nest-application';
import { tablesOf } from '../platform/open-database';
import { contextOf, type Ground, openGround, type Surroundings, settingGroups } from '../platform/open-ground';
import type { ProcessContext } from '../platform/process-context';
import { databaseSchemaOf } from '../platform/process-identity';
import type { ServiceOptions } from '../service-options';
import type { databaseSettings } from '../settings/common-settings';
import { readSettings, type SettingDefinitions, type ValuesOf } from '../settings/define-settings';
import { TableRebuild } from './rebuild-tables';

export interface RebuildRequest {
  /** Put the rebuilt rows into the tables that differ; never into one that may rest on what was trimmed. */
  readonly swap: boolean;
  readonly told: (step: string, done: number, total: number) => void;
  /** It waits, from now on, until no process of the service runs. */
  readonly onWaiting?: () => void;
}

/** A table of millions of rows is hashed in one statement. */
const STATEMENT_MS = 10 * 60_000;
const ALONE_WITHIN_MS = 30_000;

/**
 * Rebuilds the tables of a service from the log and compares them with what they are, beside the running service or without
 * it. Only a swap needs to be alone: it waits until no process of the service runs.
 *
 * @throws AppError NO_TABLES, REBUILD_RUNS, TABLES_IN_USE, TABLES_MOVED_ON, TABLE_NOT_REBUILDABLE, and for a log that lacks
 *   something LOG_TOO_SHORT, FACT_MISSING
 */
export async function rebuildService<D extends SettingDefinitions>(
  given: ServiceOptions<D>,
  request: RebuildRequest,
  surroundings: Surroundings = {},
): Promise<RebuildReport> {
  const options = given as unknown as ServiceOptions;
  const { environment = process.env, stopping = new AbortController().signal } = surroundings;
  if (!options.migrations) throw noTables(options.name);
  const groups = settingGroups(options);
  const settings = readSettings(groups, environment);
  const context = contextOf(options.name, settings, groups, { ...surroundings, stopping });
  try {
    const ground = await openGround(context, options, settings);
    context.shutdown.opened('producers', () => ground.producer.close());
    return await rebuildOn(ground, context, options, request);
  } finally {
    await context.shutdown.close();
  }
}

async function rebuildOn(
  ground: Ground,
  context: ProcessContext,
  options: ServiceOptions,
  { swap, told, onWaiting = () => {} }: RebuildRequest,
): Promise<RebuildReport> {
  const { shutdown, logger } = context;
  const schema = databaseSchemaOf(options.name, ground.kafka.prefix);
  const scratch = scratchSchemaOf(schema);
  const own = databaseOf(schema, ground, options);
  await takeTurn(own, context, swap ? onWaiting : null);
  const live = await createDataSource(own, logger);
  shutdown.opened('database', () => live.destroy());
  await prepareScratch(live, schema);

  const anew = databaseOf(scratch, ground, options);
  const made = await createDataSource(anew, logger);
  shutdown.opened('scratch tables', () => made.destroy());
  const listener = new DatabaseListener(anew, logger);
  shutdown.opened('database listener', () => listener.close());
  // Nobody relays the outbox of the scratch schema: what a handler says once more is never heard.
  const database = tablesOf(made, scratch, { encoder: ground.encoder, clock: context.clock, listener });
  const platform = { ...context, ...ground, database };
  const { application, strategy } = await prepareNest(platform, options);

  const { folds = [], factRows = [] } = options;
  const rebuild = new TableRebuild({ platform, live, schema, scratch, application, strategy, folds, factRows, told });
  const { recorded, ...rebuilt } = await rebuild.run();
  const swapped = swap ? rebuilt.tables.filter((one) => verdictOn(one) === 'differs').map(({ table }) => table) : [];
  await swapTables(
    live,
    schema,
    recorded.filter(({ name }) => swapped.includes(name)),
  );
  await clearScratch(live, schema);
  const work = declaredTables().flatMap(({ name, kind }) => (kind === 'work' ? [name] : []));
  return { service: options.name, work, ...rebuilt, swapped };
}

function databaseOf(
  schema: string,
  { settings }: Ground,
  { name, entities = [], migrations = [] }: ServiceOptions,
): DatabaseSettings {
  return {
    url: (settings as ValuesOf<typeof databaseSettings>).DATABASE_URL,
    schema,
    entities,
    migrations,
    applicationName: `millrace-${name}-rebuild`,
    poolSize: 3,
    statementTimeoutMs: STATEMENT_MS,
    idleInTransactionTimeoutMs: STATEMENT_MS,
  };
}

/** One rebuild of a service at a time, and for a swap nobody else. */
async function takeTurn(
  own: DatabaseSettings,
  { service, logger, shutdown }: ProcessContext,
  onWaiting: (() => void) | null,
) {
  const turn = await new RelayLock(own, 'rebuild', logger, { retryMs: 100 }).acquire(AbortSignal.timeout(1_000));
  if (!turn) throw rebuildRuns(service);
  shutdown.opened('turn', () => turn.release());
  if (!onWaiting) return;
  onWaiting();
  const alone = await TableUse.alone(own, logger, ALONE_WITHIN_MS);
  if (!alone) throw inUse(service);
  shutdown.opened('being alone', () => alone.release());
}

const noTables = (service: string): AppError =>
  new AppError({
    code: 'NO_TABLES',
    message: `${service} has no tables, so there is nothing to rebuild.`,
    retriable: false,
  });

const rebuildRuns = (service: string): AppError =>
  new AppError({
    code: 'REBUILD_RUNS',
    message: `The tables of ${service} are being rebuilt already: wait until that has ended.`,
    retriable: true,
  });

const inUse = (service: string): AppError =>
  new AppError({
    code: 'TABLES_IN_USE',
    message: `A process of ${service} still uses its tables after ${ALONE_WITHIN_MS / 1_000} s: stop every one of them, then swap. Without a swap, a rebuild runs beside them.`,
    retriable: true,
  });

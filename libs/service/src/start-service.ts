import { HEALTH_PORT_DETAIL, type Logger } from '@millrace/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import { HealthListener } from './health/health-listener';
import { Heartbeat } from './heartbeat';
import { addProcessMetrics } from './metrics/process-metrics';
import { startNest } from './nest-application';
import type { Database } from './platform/open-database';
import { contextOf, type Ground, openGround, type Surroundings, settingGroups } from './platform/open-ground';
import type { Platform } from './platform/platform';
import type { ProcessContext } from './platform/process-context';
import type { ServiceOptions } from './service-options';
import type { databaseSettings, processSettings } from './settings/common-settings';
import { readSettings, type SettingDefinitions, type ValuesOf } from './settings/define-settings';

export type { Surroundings } from './platform/open-ground';

export interface RunningService {
  readonly healthPort: number;
  readonly application: INestApplicationContext;
  readonly logger: Logger;
  /** Stops intake, drains, commits, leaves, closes, in that order; true when every step ended well. */
  stop(): Promise<boolean>;
}

type ProcessValues = ValuesOf<typeof processSettings>;

/**
 * Opens everything that a service stands on and starts it. The health pages answer from the first moment; a broker or
 * database that is away is waited for, and /health/ready says which.
 *
 * @throws AppError for what no wait can cure (settings, a taken port, a failed migration, a flow without its handlers);
 *   what was opened until then is closed.
 */
export async function startService<D extends SettingDefinitions>(
  given: ServiceOptions<D>,
  surroundings: Surroundings = {},
): Promise<RunningService> {
  // From here on the values of the settings are looked up by name, so their exact type no longer matters.
  const options = given as unknown as ServiceOptions;
  const { environment = process.env, stopping = new AbortController().signal } = surroundings;
  const groups = settingGroups(options);
  const settings = readSettings(groups, environment);
  const context = contextOf(options.name, settings, groups, { ...surroundings, stopping });
  context.health.hold('service', 'starting');
  try {
    const pages = await openPages(context, options, settings as ProcessValues);
    const platform = await openPlatform(context, options, settings);
    const application = await startNest(platform, options);
    context.health.release('service');
    const heartbeat = Heartbeat.start(platform, {
      version: VERSION,
      node: process.version,
      [HEALTH_PORT_DETAIL]: String(pages.port),
    });
    if (heartbeat) context.shutdown.opened('heartbeat', () => heartbeat.stop());
    context.logger.info({}, `${options.name} runs`);
    return { healthPort: pages.port, application, logger: context.logger, stop: () => stop(context) };
  } catch (error) {
    await context.shutdown.close();
    throw error;
  }
}

const VERSION = (require('../package.json') as { version: string }).version;

async function openPages(
  context: ProcessContext,
  { name, flow }: ServiceOptions,
  values: ProcessValues,
): Promise<HealthListener> {
  const { health, metrics, logger, clock, instance } = context;
  const startedAt = clock.now();
  addProcessMetrics(metrics, startedAt);
  metrics.gauge('millrace_service_info', 'Always 1; what runs.', ['service', 'version', 'node'], (set) =>
    set(1, { service: name, version: VERSION, node: process.version }),
  );
  metrics.gauge('millrace_service_ready', '1 when the process can do its work, else 0.', [], async (set) =>
    set((await health.readiness()).ready ? 1 : 0),
  );
  const info = () => ({
    service: name,
    version: VERSION,
    instance,
    node: process.version,
    startedAt: new Date(startedAt).toISOString(),
    consumes: flow?.consumes.map((input) => ({ topic: input.topic.name, mode: input.mode })) ?? [],
    emits: flow?.emits.map((record) => record.fullName) ?? [],
  });
  const listener = await HealthListener.start({
    host: values.MILLRACE_BIND_ADDRESS,
    port: values.MILLRACE_HEALTH_PORT,
    health,
    metrics,
    info,
    logger,
  });
  context.shutdown.opened('health pages', () => listener.close());
  logger.info({ healthPort: listener.port }, 'The health pages are open');
  return listener;
}

async function openPlatform(
  context: ProcessContext,
  options: ServiceOptions,
  settings: Readonly<Record<string, unknown>>,
): Promise<Platform> {
  const ground = await openGround(context, options, settings);
  const database = await databaseOf(context, options, settings, ground);
  // Opened after the database, so closed before it; the relay, which still publishes what was committed, before both.
  context.shutdown.opened('producers', async () => {
    await Promise.all([ground.producer.close(), database?.relayProducer.close()]);
  });
  if (database) {
    database.relay.start();
    context.shutdown.opened('outbox relay', () => database.relay.stop());
    database.housekeeping.start();
    context.shutdown.opened('housekeeping', () => database.housekeeping.stop());
  }
  return { ...context, ...ground, database };
}

async function databaseOf(
  context: ProcessContext,
  { migrations, entities = [] }: ServiceOptions,
  settings: Readonly<Record<string, unknown>>,
  parts: Ground,
): Promise<Database | null> {
  if (!migrations) return null;
  // Loaded only here: the persistence library is a tenth of the memory of a process, and not every service has tables.
  const { openDatabase } = require('./platform/open-database') as typeof import('./platform/open-database');
  const url = (settings as ValuesOf<typeof databaseSettings>).DATABASE_URL;
  return openDatabase(context, { url, entities, migrations, ...parts });
}

function stop(context: ProcessContext): Promise<boolean> {
  context.health.hold('service', 'stopping');
  return context.shutdown.close();
}

import { AppError, type Logger } from '@millrace/contracts';
import { dieOnUncaughtErrors, onStopRequest } from './lifecycle/process-events';
import { createLogger } from './logging/logger';
import { instanceName } from './platform/process-identity';
import type { ServiceOptions } from './service-options';
import type { SettingDefinitions } from './settings/define-settings';

/** The supervisor kills after 25 s, so that a process that hangs may at least say so. */
const STOP_LIMIT_MS = 24_000;
/** sysexits.h: wrong configuration. A restart will not help, and the supervisor shows the loop. */
const EXIT_CONFIGURATION = 78;

/** First argument of a process that rebuilds the service's tables and ends, instead of being the service. */
const REBUILD = 'rebuild';

/**
 * The whole life of a service process; `main.ts` is this one call.
 *
 * SIGTERM, SIGINT or a vanished parent: stop intake, drain (20 s at most), commit, leave the groups, close producers,
 * close the database, exit 0. An uncaught error: say it, exit 1.
 */
export async function bootstrapService<D extends SettingDefinitions>(options: ServiceOptions<D>): Promise<void> {
  let logger: Logger = createLogger({ service: options.name, instance: instanceName(), level: 'info' });
  dieOnUncaughtErrors(() => logger);
  const stopping = new AbortController();
  const stopRequested = new Promise<void>((resolve) => {
    onStopRequest((cause) => {
      logger.info({ cause }, 'Stopping');
      stopping.abort();
      limitStop(() => logger);
      resolve();
    });
  });
  if (process.argv[2] === REBUILD) {
    const { runRebuild } = require('./rebuild/run-rebuild') as typeof import('./rebuild/run-rebuild');
    process.exit(await runRebuild(options, process.argv.slice(3), stopping.signal));
  }
  try {
    // Loaded late: a wrong setting should not cost the half second that Nest takes to load.
    const { startService } = require('./start-service') as typeof import('./start-service');
    const running = await startService(options, { stopping: stopping.signal });
    logger = running.logger;
    await stopRequested;
    const clean = await running.stop();
    logger.info({ clean }, 'Stopped');
    process.exit(0);
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    logger.error({ err: error }, `${options.name} cannot start`);
    process.exit(error instanceof AppError && error.code === 'SETTINGS_INVALID' ? EXIT_CONFIGURATION : 1);
  }
}

function limitStop(logger: () => Logger): void {
  const timer = setTimeout(() => {
    logger().error({}, `Not stopped within ${STOP_LIMIT_MS / 1_000} s; the process ends`);
    process.exit(1);
  }, STOP_LIMIT_MS);
  timer.unref();
}

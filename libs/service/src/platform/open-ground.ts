import { type ArtifactStore, FileArtifactStore } from '@millrace/artifacts';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import { MessagingEvents, TrustedKeys } from '@millrace/messaging';
import { Health } from '../health/health';
import { ShutdownOrder } from '../lifecycle/shutdown-order';
import { createLogger } from '../logging/logger';
import { addMessagingMetrics } from '../metrics/messaging-metrics';
import { Metrics } from '../metrics/metrics';
import type { ServiceOptions } from '../service-options';
import { artifactSettings, databaseSettings, keySettings, processSettings } from '../settings/common-settings';
import type { SettingDefinitions, ValuesOf } from '../settings/define-settings';
import { BROKER_SETTINGS, type BrokerValues, openBroker } from './open-broker';
import type { ProcessContext } from './process-context';
import { instanceName, randomIds, systemClock } from './process-identity';

/** What a process takes from outside; specs give their own. */
export interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
  /** Stop: from then on nothing is waited for, and a start that is under way ends. */
  readonly stopping?: AbortSignal;
}

type ProcessValues = ValuesOf<typeof processSettings>;
type OtherValues = ValuesOf<typeof keySettings> & ValuesOf<typeof artifactSettings>;

/** What a service stands on, without its tables. */
export interface Ground extends Awaited<ReturnType<typeof openBroker>> {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly trustedKeys: TrustedKeys;
  readonly artifacts: ArtifactStore;
  readonly lifecycle: MessagingEvents;
}

/** Opens the broker, the artifact store and the trusted keys of a process. */
export async function openGround(
  context: ProcessContext,
  options: ServiceOptions,
  settings: Readonly<Record<string, unknown>>,
): Promise<Ground> {
  const values = settings as OtherValues;
  const trustedKeys = await trustedKeysOf(values);
  const takesCommands = options.flow?.consumes.some((input) => input.signedBy !== undefined) ?? false;
  if (takesCommands && values.MILLRACE_TRUSTED_KEYS === undefined)
    context.logger.warn({}, 'MILLRACE_TRUSTED_KEYS is not set: nobody is trusted, so every command will be refused');
  const artifacts = new FileArtifactStore(values.MILLRACE_ARTIFACTS, { now: () => context.clock.now() });
  const lifecycle = new MessagingEvents();
  addMessagingMetrics(context.metrics, lifecycle);
  const broker = await openBroker(context, settings as BrokerValues);
  return { ...broker, settings, trustedKeys, artifacts, lifecycle };
}

export function settingGroups(options: ServiceOptions): SettingDefinitions[] {
  return [
    processSettings.definitions,
    ...BROKER_SETTINGS,
    keySettings.definitions,
    artifactSettings.definitions,
    ...(options.migrations ? [databaseSettings.definitions] : []),
    ...(options.settings ? [options.settings.definitions] : []),
  ];
}

export function contextOf(
  service: string,
  settings: Readonly<Record<string, unknown>>,
  groups: readonly SettingDefinitions[],
  surroundings: Surroundings & { stopping: AbortSignal },
): ProcessContext {
  const { clock = systemClock, ids = randomIds, stopping } = surroundings;
  const instance = instanceName();
  const level = (settings as ProcessValues).MILLRACE_LOG_LEVEL;
  const secrets = secretsOf(settings, groups);
  const logger = surroundings.logger ?? createLogger({ service, instance, level, secrets });
  const health = new Health(clock, logger);
  const metrics = new Metrics();
  return { service, instance, clock, ids, logger, health, metrics, shutdown: new ShutdownOrder(logger), stopping };
}

function secretsOf(settings: Readonly<Record<string, unknown>>, groups: readonly SettingDefinitions[]): string[] {
  return groups.flatMap((group) =>
    Object.entries(group).flatMap(([name, setting]) =>
      setting.secret && typeof settings[name] === 'string' ? [settings[name]] : [],
    ),
  );
}

/** Without a file nobody is trusted: every command is refused. */
async function trustedKeysOf(values: OtherValues): Promise<TrustedKeys> {
  const file = values.MILLRACE_TRUSTED_KEYS;
  if (file !== undefined) return TrustedKeys.fromFile(file);
  return TrustedKeys.fromJson(JSON.stringify({ installation: values.MILLRACE_INSTALLATION ?? 'none', keys: [] }));
}

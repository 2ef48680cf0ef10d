export type { Clock, Ids } from '@millrace/contracts';
export { bootstrapService } from './bootstrap-service';
export { Health, type ProbeOptions, type Readiness, type Reason } from './health/health';
export { HealthListener, type HealthListenerOptions } from './health/health-listener';
export { dieOnUncaughtErrors, onStopRequest, type StopCause } from './lifecycle/process-events';
export { ShutdownOrder } from './lifecycle/shutdown-order';
export { createLogger, type LoggerOptions } from './logging/logger';
export {
  type Collect,
  type CounterMetric,
  DURATION_BUCKETS,
  type GaugeMetric,
  type HistogramMetric,
  type Labels,
  Metrics,
} from './metrics/metrics';
export { addProcessMetrics } from './metrics/process-metrics';
export { failToStart, openWorker, type WorkerProcess } from './platform/open-worker';
export { ARTIFACT_STORE, CLOCK, IDS, LOGGER, SETTINGS } from './platform/tokens';
export {
  type FoldOfFact,
  factRows,
  foldOfFact,
  type HttpOptions,
  type ServiceOptions,
  type StandingFold,
  standingFold,
} from './service-options';
export {
  artifactSettings,
  commonSettings,
  databaseSettings,
  kafkaSettings,
  kafkaSettingsOf,
  keySettings,
  processSettings,
  schemaRegistrySettings,
} from './settings/common-settings';
export {
  defineSettings,
  type Setting,
  type SettingDefinitions,
  type Settings,
  type SettingValues,
  type ValuesOf,
} from './settings/define-settings';
export type { RunningService, Surroundings } from './start-service';

/** Starts a service inside this process, as `bootstrapService` does in one of its own: for specs. Loaded when called. */
export const startService: typeof import('./start-service').startService = (options, surroundings) =>
  (require('./start-service') as typeof import('./start-service')).startService(options, surroundings);

/** Rebuilds a service's tables inside this process: for specs. Loaded when called. */
export const rebuildService: typeof import('./rebuild/rebuild-service').rebuildService = (
  options,
  request,
  surroundings,
) =>
  (require('./rebuild/rebuild-service') as typeof import('./rebuild/rebuild-service')).rebuildService(
    options,
    request,
    surroundings,
  );

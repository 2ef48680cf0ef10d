export type { Clock, Ids } from '@millrace/contracts';
export { Health, type ProbeOptions, type Readiness, type Reason } from './health/health';
export {
  type Collect,
  type CounterMetric,
  DURATION_BUCKETS,
  type GaugeMetric,
  type HistogramMetric,
  type Labels,
  Metrics,
} from './metrics/metrics';
export { ARTIFACT_STORE, CLOCK, IDS, LOGGER, SETTINGS } from './platform/tokens';
export {
  defineSettings,
  type Setting,
  type SettingDefinitions,
  type Settings,
  type SettingValues,
  type ValuesOf,
} from './settings/define-settings';

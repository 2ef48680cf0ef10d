import type { Clock, Ids, Logger } from '@millrace/contracts';
import type { Health } from '../health/health';
import type { ShutdownOrder } from '../lifecycle/shutdown-order';
import type { Metrics } from '../metrics/metrics';

/** What a process has before it has anything else; also what its parts report to. */
export interface ProcessContext {
  /** `registry`, `schema-registry` ... */
  readonly service: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly shutdown: ShutdownOrder;
  /** Aborted when the process is asked to stop. */
  readonly stopping: AbortSignal;
}

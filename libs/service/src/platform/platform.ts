import type { ArtifactStore } from '@millrace/artifacts';
import type { Clock, Ids, Logger } from '@millrace/contracts';
import type {
  DirectEvents,
  KafkaClient,
  MessagingEvents,
  SchemaRegistryClient,
  TrustedKeys,
} from '@millrace/messaging';
import type { Health } from '../health/health';
import type { ShutdownOrder } from '../lifecycle/shutdown-order';
import type { Metrics } from '../metrics/metrics';
import type { Database } from './open-database';

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

/** Everything that `PlatformModule` gives to a service, opened and connected. */
export interface Platform extends ProcessContext {
  /** The service's own settings and the common ones, under the names of the variables. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly kafka: KafkaClient;
  readonly schemas: SchemaRegistryClient;
  readonly directEvents: DirectEvents;
  readonly lifecycle: MessagingEvents;
  readonly trustedKeys: TrustedKeys;
  readonly artifacts: ArtifactStore;
  /** Null for services without tables. */
  readonly database: Database | null;
}

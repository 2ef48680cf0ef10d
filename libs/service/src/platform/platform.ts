import type { ArtifactStore } from '@millrace/artifacts';
import type {
  DirectEvents,
  KafkaClient,
  MessagingEvents,
  SchemaRegistryClient,
  TrustedKeys,
} from '@millrace/messaging';
import type { Tables } from './open-database';
import type { ProcessContext } from './process-context';

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
  readonly database: Tables | null;
}

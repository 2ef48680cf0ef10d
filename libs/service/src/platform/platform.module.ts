import { DirectEvents, KafkaClient, MessagingEvents, SchemaRegistryClient, TrustedKeys } from '@millrace/messaging';
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { Health } from '../health/health';
import { Metrics } from '../metrics/metrics';
import type { Platform } from './platform';
import { ARTIFACT_STORE, CLOCK, IDS, LOGGER, SETTINGS } from './tokens';

/**
 * What every service may inject: by class KafkaClient, SchemaRegistryClient, DirectEvents, MessagingEvents, TrustedKeys,
 * Health, Metrics; by token CLOCK, IDS, LOGGER, SETTINGS, ARTIFACT_STORE; and with a database UnitOfWork, Events, Outbox,
 * WorkQueue, DatabaseListener.
 */
@Global()
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: Nest's shape of a dynamic module.
export class PlatformModule {
  static of(platform: Platform): DynamicModule {
    const providers: Provider[] = [
      { provide: KafkaClient, useValue: platform.kafka },
      { provide: SchemaRegistryClient, useValue: platform.schemas },
      { provide: DirectEvents, useValue: platform.directEvents },
      { provide: MessagingEvents, useValue: platform.lifecycle },
      { provide: TrustedKeys, useValue: platform.trustedKeys },
      { provide: Health, useValue: platform.health },
      { provide: Metrics, useValue: platform.metrics },
      { provide: CLOCK, useValue: platform.clock },
      { provide: IDS, useValue: platform.ids },
      { provide: LOGGER, useValue: platform.logger },
      { provide: SETTINGS, useValue: platform.settings },
      { provide: ARTIFACT_STORE, useValue: platform.artifacts },
      ...(platform.database?.providers ?? []),
    ];
    return {
      module: PlatformModule,
      providers,
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
  }
}

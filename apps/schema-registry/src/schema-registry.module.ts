import type { Clock, Logger } from '@millrace/contracts';
import { KafkaClient } from '@millrace/messaging';
import { CLOCK, Health, LOGGER, Metrics, SETTINGS } from '@millrace/service';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { CompatibilityController } from './http/compatibility.controller';
import { ConfigController } from './http/config.controller';
import { RefusalFilter } from './http/refusal.filter';
import { RootController } from './http/root.controller';
import { SchemasController } from './http/schemas.controller';
import { SubjectsController } from './http/subjects.controller';
import { LogWriter } from './log/log-writer';
import { SchemaLog } from './log/schema-log';
import { RegistryLifecycle } from './registry-lifecycle';
import type { SchemaRegistrySettings } from './schema-registry.settings';

@Module({
  controllers: [RootController, SubjectsController, SchemasController, ConfigController, CompatibilityController],
  providers: [
    {
      provide: SchemaLog,
      inject: [KafkaClient, SETTINGS, LOGGER],
      useFactory: (client: KafkaClient, settings: SchemaRegistrySettings, logger: Logger) =>
        new SchemaLog(client, settings.MILLRACE_SCHEMA_REGISTRY_COMPATIBILITY, logger),
    },
    {
      provide: LogWriter,
      inject: [KafkaClient, SchemaLog, LOGGER, CLOCK],
      useFactory: (client: KafkaClient, log: SchemaLog, logger: Logger, clock: Clock) =>
        new LogWriter(client, log, logger, clock),
    },
    {
      provide: RegistryLifecycle,
      inject: [SchemaLog, LogWriter, Health, Metrics],
      useFactory: (log: SchemaLog, writer: LogWriter, health: Health, metrics: Metrics) =>
        new RegistryLifecycle(log, writer, health, metrics),
    },
    { provide: APP_FILTER, inject: [LOGGER], useFactory: (logger: Logger) => new RefusalFilter(logger) },
  ],
})
export class SchemaRegistryModule {}

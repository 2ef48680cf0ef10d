import { bootstrapService } from '@millrace/service';
import { configureHttp } from './http/configure-http';
import { SchemaRegistryModule } from './schema-registry.module';
import { schemaRegistrySettings } from './schema-registry.settings';

void bootstrapService({
  name: 'schema-registry',
  module: SchemaRegistryModule,
  settings: schemaRegistrySettings,
  http: { port: (settings) => settings.MILLRACE_SCHEMA_REGISTRY_PORT, configure: configureHttp },
});

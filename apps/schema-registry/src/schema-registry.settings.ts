import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';
import { COMPATIBILITY_LEVELS } from './domain/log-record';

/** The schema registry's own settings; the broker, the prefix and the health port are common ones. */
export const schemaRegistrySettings = defineSettings({
  MILLRACE_SCHEMA_REGISTRY_PORT: {
    schema: z.coerce.number().int().min(0).max(65_535),
    default: 8_081,
    doc: 'Port of the REST API, at MILLRACE_BIND_ADDRESS; 0 takes a free one and logs it. It has no authentication.',
  },
  MILLRACE_SCHEMA_REGISTRY_COMPATIBILITY: {
    schema: z.enum(COMPATIBILITY_LEVELS),
    default: 'BACKWARD',
    doc: 'Compatibility level of subjects as long as neither they nor the registry have one configured.',
  },
});
export type SchemaRegistrySettings = ValuesOf<typeof schemaRegistrySettings>;

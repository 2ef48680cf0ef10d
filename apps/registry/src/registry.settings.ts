import { defineSettings } from '@millrace/service';
import { z } from 'zod';

export const registrySettings = defineSettings({
  MILLRACE_DRY_RUN_LIMIT_MS: {
    schema: z.coerce.number().int().min(100),
    default: 10_000,
    unit: 'ms',
    doc: 'Longest dry run of an imported model, in a child process of its own.',
  },
});

export type RegistrySettings = ReturnType<typeof registrySettings.read>;

import { tmpdir } from 'node:os';
import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

export const validationSettings = defineSettings({
  MILLRACE_SCRATCH: {
    schema: z.string(),
    default: tmpdir(),
    doc: 'Folder for what does not fit into the memory of a profile.',
  },
  MILLRACE_PROFILE_MEMORY: {
    schema: positive,
    default: 256,
    unit: 'MiB',
    doc: 'Most memory of the database engine in the process that profiles a data set; what does not fit goes to the scratch folder.',
  },
  MILLRACE_PROFILE_HEAP: {
    schema: positive,
    default: 128,
    unit: 'MiB',
    doc: 'Most JavaScript heap of the process that profiles a data set.',
  },
  MILLRACE_PROFILE_LIMIT: {
    schema: positive,
    default: 900_000,
    unit: 'ms',
    doc: 'Longest a profile may take: an SQL expectation that never ends is killed then, and the data set rejected after 3 tries.',
  },
  MILLRACE_WORK_LEASE: {
    schema: positive,
    default: 10_000,
    unit: 'ms',
    doc: 'How long work in hand is left to its process without a sign of life before another one takes it over.',
  },
});
export type ValidationSettings = ValuesOf<typeof validationSettings>;

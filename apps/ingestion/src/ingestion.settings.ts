import { tmpdir } from 'node:os';
import { defineSettings, type ValuesOf } from '@millrace/service';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

export const ingestionSettings = defineSettings({
  MILLRACE_SCRATCH: {
    schema: z.string(),
    default: tmpdir(),
    doc: 'Folder for the working files of data sets that are being cut; about three times the size of the records.',
  },
  MILLRACE_CUT_MEMORY: {
    schema: positive,
    default: 256,
    unit: 'MiB',
    doc: 'Most memory of the database engine in the process that cuts a data set; what does not fit goes to the scratch folder.',
  },
  MILLRACE_CUT_HEAP: {
    schema: positive,
    default: 256,
    unit: 'MiB',
    doc: 'Most JavaScript heap of the process that cuts a data set.',
  },
  MILLRACE_OUTCOME_HORIZON: {
    schema: positive,
    default: 30 * 86_400_000,
    unit: 'ms',
    doc: 'How long a response waits for its outcome, by the Kafka timestamps of both; later ones are counted as too late.',
  },
  MILLRACE_WORK_LEASE: {
    schema: positive,
    default: 10_000,
    unit: 'ms',
    doc: 'How long work in hand is left to its process without a sign of life before another one takes it over.',
  },
});
export type IngestionSettings = ValuesOf<typeof ingestionSettings>;

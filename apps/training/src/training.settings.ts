import { defineSettings } from '@millrace/service';
import { z } from 'zod';

export const trainingSettings = defineSettings({
  MILLRACE_TRAINING_WORKERS: {
    schema: z.coerce.number().int().min(0).max(64),
    default: 1,
    doc: 'Built-in training workers at most; they run only while there are jobs. 0 leaves all jobs to workers of your own.',
  },
  MILLRACE_TRAINING_WORKER_HEAP: {
    schema: z.coerce.number().int().min(128),
    default: 1_024,
    unit: 'MiB',
    doc: 'JavaScript heap of a built-in worker; the typed arrays of the data set lie outside of it.',
  },
});

export type TrainingSettings = ReturnType<typeof trainingSettings.read>;

/** Read by the built-in workers, which inherit the environment of the service. */
export const trainingWorkerSettings = defineSettings({
  MILLRACE_TRAINING_CHECKPOINT: {
    schema: z.coerce.number().int().min(0),
    default: 5_000,
    unit: 'ms',
    doc: 'Time between training checkpoints: at most so much work is done again after a worker was killed.',
  },
  MILLRACE_TRAINING_IDLE: {
    schema: z.coerce.number().int().min(1_000),
    default: 60_000,
    unit: 'ms',
    doc: 'A built-in worker that has had no job for so long ends.',
  },
});

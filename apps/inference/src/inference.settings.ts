import { defineSettings } from '@millrace/service';
import { z } from 'zod';

export const inferenceSettings = defineSettings({
  MILLRACE_LANE_WORKERS: {
    schema: z.coerce.number().int().min(1).max(32),
    default: 1,
    doc: 'Child processes that host lanes; partitions are dealt among them.',
  },
  MILLRACE_LANE_WORKER_HEAP_MIB: {
    schema: z.coerce.number().int().min(64),
    default: 192,
    unit: 'MiB',
    doc: 'Heap of a lane worker.',
  },
  MILLRACE_LANE_WORKER_MEMORY_MIB: {
    schema: z.coerce.number().int().min(256),
    default: 2_048,
    unit: 'MiB',
    doc: 'A lane worker that is larger is killed: a hostile model can ask for gigabytes.',
  },
  MILLRACE_MODEL_CALL_LIMIT_MS: {
    schema: z.coerce.number().int().min(100),
    default: 10_000,
    unit: 'ms',
    doc: 'A lane worker that is inside one call of a model for longer is killed.',
  },
  MILLRACE_RUN_FOLDER: {
    schema: z.string(),
    default: '.millrace/run',
    doc: 'Folder of the flight recorders of lane workers.',
  },
});

export type InferenceSettings = ReturnType<typeof inferenceSettings.read>;

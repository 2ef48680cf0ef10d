import {
  LaneStatus,
  LiftQuarantine,
  ModelQuarantined,
  QuarantineLifted,
  QuarantineRefused,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/**
 * The supervisor's flow. Its lane workers read endpoints, releases and quarantines in broadcast mode themselves, and
 * every request topic in read-process-write mode.
 */
export const inferenceFlow: Flow = {
  service: 'inference',
  consumes: [
    {
      topic: Topics.inferenceCommands,
      mode: 'broadcast',
      from: 'first',
      signedBy: ['gateway'],
      records: [LiftQuarantine],
    },
    {
      topic: Topics.quarantines,
      mode: 'broadcast',
      from: 'first',
      records: [ModelQuarantined, QuarantineLifted, QuarantineRefused],
    },
  ],
  emits: [ModelQuarantined, QuarantineLifted, QuarantineRefused, LaneStatus],
};

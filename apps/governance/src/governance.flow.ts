import {
  AttachNotice,
  ClassificationRefused,
  ClassifyModel,
  DefinePolicy,
  ModelClassified,
  NoticeAttached,
  PolicyDefined,
  PolicyRefused,
  Topics,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

export const governanceFlow: Flow = {
  service: 'governance',
  consumes: [
    {
      topic: Topics.governanceCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [ClassifyModel, AttachNotice, DefinePolicy],
    },
  ],
  emits: [ModelClassified, NoticeAttached, ClassificationRefused, PolicyDefined, PolicyRefused],
};

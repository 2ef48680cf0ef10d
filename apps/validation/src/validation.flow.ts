import {
  DatasetJudged,
  DatasetRegistered,
  DefineExpectations,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
  OverrideRefused,
  OverrideVerdict,
  Topics,
  VerdictOverridden,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

export const validationFlow: Flow = {
  service: 'validation',
  consumes: [
    {
      topic: Topics.validationCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [OverrideVerdict, DefineExpectations],
    },
    { topic: Topics.datasets, mode: 'outbox', records: [DatasetRegistered] },
  ],
  emits: [
    DatasetJudged,
    VerdictOverridden,
    OverrideRefused,
    ExpectationSetDefined,
    ExpectationSetDerived,
    ExpectationsRefused,
  ],
};

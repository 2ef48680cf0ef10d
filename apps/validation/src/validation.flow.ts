import {
  DatasetJudged,
  DatasetRegistered,
  DefineExpectations,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
  OverrideRefused,
  OverrideVerdict,
  SourceRegistered,
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
    { topic: Topics.sources, mode: 'fold', records: [SourceRegistered] },
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

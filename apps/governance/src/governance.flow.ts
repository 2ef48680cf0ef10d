import {
  AttachNotice,
  ClassificationRefused,
  ClassifyModel,
  DefinePolicy,
  EndpointCreated,
  LedgerKeyRotated,
  LedgerRefused,
  ModelClassified,
  NoticeAttached,
  PolicyDefined,
  PolicyRefused,
  RotateLedgerKey,
  Topics,
  TreeHeadSigned,
} from '@millrace/contracts';
import type { Flow } from '@millrace/messaging';

/**
 * The ledger reads every topic of facts (group `governance.ledger.facts`) and the traffic of endpoints as they come (group
 * `governance.ledger.<endpoint>.v<major>`) in fold mode, as bytes: ledger/ledger-readers.ts.
 */
export const governanceFlow: Flow = {
  service: 'governance',
  consumes: [
    {
      topic: Topics.governanceCommands,
      mode: 'outbox',
      signedBy: ['gateway'],
      records: [ClassifyModel, AttachNotice, DefinePolicy, RotateLedgerKey],
    },
    { topic: Topics.endpoints, mode: 'broadcast', from: 'first', records: [EndpointCreated] },
  ],
  emits: [
    ModelClassified,
    NoticeAttached,
    ClassificationRefused,
    PolicyDefined,
    PolicyRefused,
    TreeHeadSigned,
    LedgerKeyRotated,
    LedgerRefused,
  ],
};

import { Module } from '@nestjs/common';
import { OnAttachNoticeHandler } from './handlers/on-attach-notice.handler';
import { OnClassifyModelHandler } from './handlers/on-classify-model.handler';
import { OnDefinePolicyHandler } from './handlers/on-define-policy.handler';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnRotateLedgerKeyHandler } from './handlers/on-rotate-ledger-key.handler';
import { LedgerHeads } from './ledger/ledger-heads';
import { LedgerKeys } from './ledger/ledger-keys';
import { LedgerMetrics } from './ledger/ledger-metrics';
import { LedgerReaders } from './ledger/ledger-readers';
import { TreeHeadTopic } from './ledger/tree-head-topic';
import { GovernanceRepository } from './persistence/governance.repository';
import { LedgerRepository } from './persistence/ledger.repository';

@Module({
  controllers: [
    OnClassifyModelHandler,
    OnAttachNoticeHandler,
    OnDefinePolicyHandler,
    OnEndpointCreatedHandler,
    OnRotateLedgerKeyHandler,
  ],
  providers: [
    GovernanceRepository,
    LedgerRepository,
    LedgerKeys,
    LedgerMetrics,
    TreeHeadTopic,
    LedgerHeads,
    LedgerReaders,
  ],
})
export class GovernanceModule {}

import { Module } from '@nestjs/common';
import { OnApproveReleaseHandler } from './handlers/on-approve-release.handler';
import { OnAttachNoticeHandler } from './handlers/on-attach-notice.handler';
import { OnClassifyModelHandler } from './handlers/on-classify-model.handler';
import { OnDefinePolicyHandler } from './handlers/on-define-policy.handler';
import { OnEndpointCreatedHandler } from './handlers/on-endpoint-created.handler';
import { OnEvidenceHandler } from './handlers/on-evidence.handler';
import { OnRejectReleaseHandler } from './handlers/on-reject-release.handler';
import { OnReleasesHandler } from './handlers/on-releases.handler';
import { OnRotateLedgerKeyHandler } from './handlers/on-rotate-ledger-key.handler';
import { WeighWaiting } from './handlers/weigh-waiting';
import { LedgerHeads } from './ledger/ledger-heads';
import { LedgerKeys } from './ledger/ledger-keys';
import { LedgerMetrics } from './ledger/ledger-metrics';
import { LedgerReaders } from './ledger/ledger-readers';
import { TreeHeadTopic } from './ledger/tree-head-topic';
import { EvidenceRepository } from './persistence/evidence.repository';
import { GovernanceRepository } from './persistence/governance.repository';
import { LedgerRepository } from './persistence/ledger.repository';

@Module({
  controllers: [
    OnClassifyModelHandler,
    OnAttachNoticeHandler,
    OnDefinePolicyHandler,
    OnApproveReleaseHandler,
    OnRejectReleaseHandler,
    OnReleasesHandler,
    OnEvidenceHandler,
    OnEndpointCreatedHandler,
    OnRotateLedgerKeyHandler,
  ],
  providers: [
    GovernanceRepository,
    EvidenceRepository,
    WeighWaiting,
    LedgerRepository,
    LedgerKeys,
    LedgerMetrics,
    TreeHeadTopic,
    LedgerHeads,
    LedgerReaders,
  ],
})
export class GovernanceModule {}

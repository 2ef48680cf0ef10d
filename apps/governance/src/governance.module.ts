import { Module } from '@nestjs/common';
import { OnAttachNoticeHandler } from './handlers/on-attach-notice.handler';
import { OnClassifyModelHandler } from './handlers/on-classify-model.handler';
import { OnDefinePolicyHandler } from './handlers/on-define-policy.handler';
import { GovernanceRepository } from './persistence/governance.repository';

@Module({
  controllers: [OnClassifyModelHandler, OnAttachNoticeHandler, OnDefinePolicyHandler],
  providers: [GovernanceRepository],
})
export class GovernanceModule {}

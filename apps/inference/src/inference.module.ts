import { Module } from '@nestjs/common';
import { OnLiftQuarantineHandler } from './handlers/on-lift-quarantine.handler';
import { OnQuarantineFactsHandler } from './handlers/on-quarantine-facts.handler';
import { LaneSupervisor } from './supervision/lane-supervisor';
import { QuarantineDesk } from './supervision/quarantine-desk';

@Module({
  controllers: [OnLiftQuarantineHandler, OnQuarantineFactsHandler],
  providers: [QuarantineDesk, LaneSupervisor],
})
export class InferenceModule {}

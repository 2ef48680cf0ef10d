import { Module } from '@nestjs/common';
import { OnDatasetRegisteredHandler } from './handlers/on-dataset-registered.handler';
import { OnDefineExpectationsHandler } from './handlers/on-define-expectations.handler';
import { OnOverrideVerdictHandler } from './handlers/on-override-verdict.handler';
import { ValidationRepository } from './persistence/validation.repository';
import { JudgeDatasetWork } from './workers/judge-dataset.work';
import { ValidationWork } from './workers/validation-work';

@Module({
  controllers: [OnDatasetRegisteredHandler, OnDefineExpectationsHandler, OnOverrideVerdictHandler],
  providers: [ValidationRepository, JudgeDatasetWork, ValidationWork],
})
export class ValidationModule {}

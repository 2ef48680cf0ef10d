import { Module } from '@nestjs/common';
import { OnDatasetRegisteredHandler } from './handlers/on-dataset-registered.handler';
import { OnDefineExpectationsHandler } from './handlers/on-define-expectations.handler';
import { OnOverrideVerdictHandler } from './handlers/on-override-verdict.handler';
import { OnSourcesHandler } from './handlers/on-sources.handler';
import { SourceFieldsRepository } from './persistence/source-fields.repository';
import { ValidationRepository } from './persistence/validation.repository';
import { JudgeDatasetWork } from './workers/judge-dataset.work';
import { ValidationWork } from './workers/validation-work';

@Module({
  controllers: [OnDatasetRegisteredHandler, OnDefineExpectationsHandler, OnOverrideVerdictHandler, OnSourcesHandler],
  providers: [ValidationRepository, SourceFieldsRepository, JudgeDatasetWork, ValidationWork],
})
export class ValidationModule {}

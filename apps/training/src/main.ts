import { LearnerStarted } from '@millrace/contracts';
import { BaseTables1700000000000 } from '@millrace/persistence';
import { bootstrapService, foldOfFact } from '@millrace/service';
import { LearnerHosts } from './learners/learner-hosts';
import { TrainingTables1764000000000 } from './persistence/migrations/1-training-tables';
import { LearnerTables1764000000001 } from './persistence/migrations/2-learner-tables';
import { TrainingVerdicts1764050000000 } from './persistence/migrations/3-verdicts';
import { LearnerSnapshots1764060000000 } from './persistence/migrations/4-learner-snapshots';
import { GuardWatch1764070000000 } from './persistence/migrations/5-guard-watch';
import { trainingFlow } from './training.flow';
import { TrainingModule } from './training.module';
import { trainingSettings } from './training.settings';

void bootstrapService({
  name: 'training',
  module: TrainingModule,
  flow: trainingFlow,
  settings: trainingSettings,
  migrations: [
    BaseTables1700000000000,
    TrainingTables1764000000000,
    LearnerTables1764000000001,
    TrainingVerdicts1764050000000,
    LearnerSnapshots1764060000000,
    GuardWatch1764070000000,
  ],
  folds: [foldOfFact(LearnerStarted, (application, started) => application.get(LearnerHosts).refoldOf(started))],
});

import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'verdicts', kind: 'projection' });

export class TrainingVerdicts1764050000000 implements MigrationInterface {
  readonly name = 'TrainingVerdicts1764050000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE verdicts (id text PRIMARY KEY, verdict text NOT NULL, why text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE verdicts');
  }
}

import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'retraining_triggers', kind: 'state' });

export class RetrainingTables1764000000004 implements MigrationInterface {
  readonly name = 'RetrainingTables1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('retraining_triggers'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE retraining_triggers');
  }
}

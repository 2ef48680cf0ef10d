import { CREATE_WORK_ITEMS, createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'verdicts', kind: 'state' });
declareTable({ name: 'expectation_sets', kind: 'state' });
declareTable({ name: 'work_items', kind: 'work' });

export class ValidationTables1764000000000 implements MigrationInterface {
  readonly name = 'ValidationTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('verdicts'));
    await runner.query(createAggregateTable('expectation_sets'));
    await runner.query(CREATE_WORK_ITEMS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE verdicts, expectation_sets, work_items');
  }
}

import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'risks', kind: 'state' });
declareTable({ name: 'policies', kind: 'state' });

export class GovernanceTables1764000000000 implements MigrationInterface {
  readonly name = 'GovernanceTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['risks', 'policies']) await runner.query(createAggregateTable(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE risks, policies');
  }
}

import { CREATE_WORK_ITEMS, createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'models', kind: 'state' });
declareTable({ name: 'endpoints', kind: 'state' });
declareTable({ name: 'releases', kind: 'state' });
declareTable({ name: 'work_items', kind: 'work' });

export class RegistryTables1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['models', 'endpoints', 'releases']) await runner.query(createAggregateTable(table));
    await runner.query(CREATE_WORK_ITEMS);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['models', 'endpoints', 'releases', 'work_items']) await runner.query(`DROP TABLE ${table}`);
  }
}

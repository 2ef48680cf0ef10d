import { CREATE_WORK_ITEMS, createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'sources', kind: 'state' });
declareTable({ name: 'datasets', kind: 'state' });
declareTable({ name: 'work_items', kind: 'work' });

export class IngestionTables1764000000000 implements MigrationInterface {
  readonly name = 'IngestionTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('sources'));
    await runner.query(createAggregateTable('datasets'));
    await runner.query(CREATE_WORK_ITEMS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sources, datasets, work_items');
  }
}

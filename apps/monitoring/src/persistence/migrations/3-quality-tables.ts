import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'quality_recent', kind: 'projection' });

/** `quality_recent`: the labelled examples that were taken last, by the place of their request, oldest first. */
export class QualityTables1764000000002 implements MigrationInterface {
  readonly name = 'QualityTables1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE quality_recent (family text PRIMARY KEY, places text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE quality_recent');
  }
}

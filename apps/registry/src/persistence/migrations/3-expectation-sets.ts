import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'expectation_sets', kind: 'projection' });

export class RegistryExpectationSets1764070000000 implements MigrationInterface {
  readonly name = 'RegistryExpectationSets1764070000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE expectation_sets (id text PRIMARY KEY, number bigint NOT NULL, fact jsonb NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE expectation_sets');
  }
}

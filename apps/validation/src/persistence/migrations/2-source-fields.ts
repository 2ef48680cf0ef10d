import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'source_fields', kind: 'projection' });

/** `source_fields`: Avro schema of the records of a source, for what is demanded of them. */
export class SourceFields1764000000001 implements MigrationInterface {
  readonly name = 'SourceFields1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE source_fields (id text PRIMARY KEY, schema text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE source_fields');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** `join_families` becomes a table of aggregates like any other, so that it is rebuilt like any other. */
export class Contradictions1764060000000 implements MigrationInterface {
  readonly name = 'Contradictions1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE join_families RENAME COLUMN family TO id');
    await runner.query('ALTER TABLE join_families ALTER COLUMN version TYPE bigint, ADD COLUMN state jsonb');
    await runner.query(`UPDATE join_families SET state = jsonb_build_object('count', version)`);
    await runner.query('ALTER TABLE join_families ALTER COLUMN state SET NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE join_families RENAME COLUMN id TO family');
    await runner.query('ALTER TABLE join_families ALTER COLUMN version TYPE integer, DROP COLUMN state');
  }
}

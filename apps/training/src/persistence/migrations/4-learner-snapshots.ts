import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'learner_snapshots', kind: 'work' });

/** `learner_snapshots`: what a learner knew where a snapshot was due, until it is a file. */
export class LearnerSnapshots1764060000000 implements MigrationInterface {
  readonly name = 'LearnerSnapshots1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE learner_states ADD COLUMN snapshot_since bigint');
    await runner.query(
      `CREATE TABLE learner_snapshots (
         learner text NOT NULL, at_offset bigint NOT NULL, draft jsonb NOT NULL, state bytea NOT NULL,
         PRIMARY KEY (learner, at_offset))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE learner_snapshots');
    await runner.query('ALTER TABLE learner_states DROP COLUMN snapshot_since');
  }
}

import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'learners', kind: 'state' });
declareTable({ name: 'endpoints', kind: 'projection' });
declareTable({ name: 'learner_states', kind: 'projection' });

/** `learner_states`: what a learner knows, as of the next offset of its labelled topic, and which examples it saw last. */
export class LearnerTables1764000000001 implements MigrationInterface {
  readonly name = 'LearnerTables1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('learners'));
    await runner.query('CREATE TABLE endpoints (id text PRIMARY KEY, fact jsonb NOT NULL)');
    await runner.query(
      'CREATE TABLE learner_states (learner text PRIMARY KEY, next_offset bigint NOT NULL, state bytea NOT NULL, recent jsonb NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE learners, endpoints, learner_states');
  }
}

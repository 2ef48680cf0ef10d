import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the guard of a learner has kept away lately, beside what it knows. */
export class GuardWatch1764070000000 implements MigrationInterface {
  readonly name = 'GuardWatch1764070000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE learner_states ADD COLUMN guard_watch jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE learner_states DROP COLUMN guard_watch');
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A partition may be behind before any row of it was seen on a time line. */
export class SilentPartitions1764000000003 implements MigrationInterface {
  readonly name = 'SilentPartitions1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE window_progress ALTER COLUMN touched_at DROP NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM window_progress WHERE touched_at IS NULL');
    await runner.query('ALTER TABLE window_progress ALTER COLUMN touched_at SET NOT NULL');
  }
}

import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'lineage', kind: 'projection' });
declareTable({ name: 'windows', kind: 'projection' });
declareTable({ name: 'window_watermarks', kind: 'projection' });
declareTable({ name: 'window_progress', kind: 'work' });
declareTable({ name: 'window_reports', kind: 'state' });
declareTable({ name: 'window_families', kind: 'state' });

/**
 * `lineage`: facts that say what a release serves and what that was trained on. `windows`: what is known of each window that
 * still takes rows, in the canonical JSON of libs/evaluation. `window_watermarks`: latest time of a partition on a time line.
 * `window_progress`: when a partition was folded last, by the clock. `window_reports`: what was told of each window.
 * `window_families`: one major of an endpoint and the version of its facts.
 */
export class WindowTables1764000000000 implements MigrationInterface {
  readonly name = 'WindowTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE lineage (kind text, id text, fact text NOT NULL, PRIMARY KEY (kind, id))');
    await runner.query(`
      CREATE TABLE windows (
        family text NOT NULL,
        window_key text NOT NULL,
        time_line text NOT NULL,
        start bigint NOT NULL,
        rows bigint NOT NULL,
        state text NOT NULL,
        PRIMARY KEY (family, window_key)
      )`);
    await runner.query('CREATE INDEX windows_by_start ON windows (family, time_line, start)');
    await runner.query(`
      CREATE TABLE window_watermarks (
        family text, time_line text, partition integer, watermark bigint NOT NULL,
        PRIMARY KEY (family, time_line, partition)
      )`);
    await runner.query(`
      CREATE TABLE window_progress (
        family text, time_line text, partition integer, touched_at bigint NOT NULL, behind boolean NOT NULL,
        PRIMARY KEY (family, time_line, partition)
      )`);
    await runner.query(`
      CREATE TABLE window_reports (
        family text, window_key text, rows bigint NOT NULL, corrections integer NOT NULL, told_at bigint NOT NULL,
        PRIMARY KEY (family, window_key)
      )`);
    await runner.query('CREATE TABLE window_families (family text PRIMARY KEY, version bigint NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE lineage, windows, window_watermarks, window_progress, window_reports, window_families',
    );
  }
}

import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'alerts', kind: 'state' });
declareTable({ name: 'alert_observations', kind: 'work' });

/** `alert_observations`: what a rule said about the last windows, until newer ones take their place. */
export class AlertTables1764000000001 implements MigrationInterface {
  readonly name = 'AlertTables1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('alerts'));
    await runner.query(`
      CREATE TABLE alert_observations (
        alert text, start bigint, version text, breach boolean NOT NULL, observed text NOT NULL,
        PRIMARY KEY (alert, start, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE alerts, alert_observations');
  }
}

import { CREATE_WORK_ITEMS, createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'runs', kind: 'state' });
declareTable({ name: 'datasets', kind: 'projection' });
declareTable({ name: 'jobs', kind: 'work' });
declareTable({ name: 'workers', kind: 'work' });
declareTable({ name: 'work_items', kind: 'work' });

/** Times are milliseconds since 1970. A job is there until its run ends; `attempt` 0 = never assigned. */
const CREATE_JOBS = `CREATE TABLE jobs (
  job text PRIMARY KEY,
  run text NOT NULL,
  attempt int NOT NULL DEFAULT 0,
  worker text,
  lease_until bigint NOT NULL DEFAULT 0,
  checkpoint jsonb,
  last_failure jsonb,
  in_time_order boolean NOT NULL,
  cause jsonb NOT NULL,
  created_at bigint NOT NULL
)`;

const CREATE_WORKERS = `CREATE TABLE workers (
  worker text PRIMARY KEY,
  capabilities jsonb NOT NULL,
  busy_with text,
  last_seen bigint NOT NULL
)`;

export class TrainingTables1764000000000 implements MigrationInterface {
  readonly name = 'TrainingTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('runs'));
    await runner.query('CREATE TABLE datasets (id text PRIMARY KEY, fact jsonb NOT NULL)');
    await runner.query(CREATE_JOBS);
    await runner.query(CREATE_WORKERS);
    await runner.query(CREATE_WORK_ITEMS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE runs, datasets, jobs, workers, work_items');
  }
}

import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'join_waiting', kind: 'work' });
declareTable({ name: 'join_families', kind: 'state' });

/**
 * `join_waiting`: responses that wait for their outcome, outcomes that wait for their response, and what was joined, as long as
 * a doubled or contradicting outcome is to be known as such. `join_families`: one major of an endpoint and the version of
 * its facts.
 */
export class JoinTables1764000000001 implements MigrationInterface {
  readonly name = 'JoinTables1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE join_waiting (
        family text NOT NULL,
        request_id text NOT NULL,
        touched_at bigint NOT NULL,
        answered jsonb,
        request_key bytea,
        request bytea,
        response bytea,
        truth jsonb,
        PRIMARY KEY (family, request_id)
      )`);
    await runner.query('CREATE INDEX join_waiting_age ON join_waiting (family, touched_at)');
    await runner.query('CREATE TABLE join_families (family text PRIMARY KEY, version integer NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE join_waiting, join_families');
  }
}

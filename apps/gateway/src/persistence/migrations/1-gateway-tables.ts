import { declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'views', kind: 'projection' });

/**
 * views: one row per thing shown. `version` is the aggregate version of the last fact applied, so that a fact that
 * stands twice on its topic counts once; `created` the Kafka time of the first one, in milliseconds, for the order of lists.
 */
export class GatewayTables1764000000000 implements MigrationInterface {
  readonly name = 'GatewayTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE views (
         kind    text   NOT NULL,
         id      text   NOT NULL,
         version bigint NOT NULL,
         created bigint NOT NULL,
         body    jsonb  NOT NULL,
         PRIMARY KEY (kind, id)
       )`,
    );
    await runner.query('CREATE INDEX views_order ON views (kind, created, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE views');
  }
}

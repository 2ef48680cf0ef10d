import type { MigrationInterface, QueryRunner } from 'typeorm';
import { declareTable } from './table-registry';

for (const name of ['inbox', 'outbox', 'positions', 'idempotency']) declareTable({ name, kind: 'work' });

/** The tables that every service with a database has. First in each service's list of migrations. */
export class BaseTables1700000000000 implements MigrationInterface {
  readonly name = 'BaseTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbox, outbox, positions, idempotency');
  }
}

const UP = [
  `CREATE TABLE inbox (
     consumer      text        NOT NULL,
     event_id      text        NOT NULL,
     topic         text        NOT NULL,
     partition     int         NOT NULL,
     record_offset bigint      NOT NULL,
     received_at   timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (consumer, event_id)
   )`,
  'CREATE INDEX inbox_received_at ON inbox (received_at)',
  `CREATE TABLE outbox (
     id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     event_id     text        NOT NULL,
     topic        text        NOT NULL,
     key          bytea,
     value        bytea,
     headers      jsonb       NOT NULL,
     created_at   timestamptz NOT NULL DEFAULT now(),
     published_at timestamptz,
     CONSTRAINT outbox_event_once UNIQUE (topic, event_id)
   )`,
  'CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL',
  'CREATE INDEX outbox_published_at ON outbox (published_at) WHERE published_at IS NOT NULL',
  `CREATE TABLE positions (
     consumer    text   NOT NULL,
     topic       text   NOT NULL,
     partition   int    NOT NULL,
     next_offset bigint NOT NULL,
     PRIMARY KEY (consumer, topic, partition)
   )`,
  `CREATE TABLE idempotency (
     key        text        PRIMARY KEY,
     body_hash  text        NOT NULL,
     status     text        NOT NULL,
     response   jsonb,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  'CREATE INDEX idempotency_created_at ON idempotency (created_at)',
];

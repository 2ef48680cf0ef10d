import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'ledgers', kind: 'state' });
declareTable({ name: 'ledger_trees', kind: 'projection' });

/** `ledgers`: the last head and the key. `ledger_trees`: the right edge of every partition's tree, beside its position. */
export class LedgerTables1764000000001 implements MigrationInterface {
  readonly name = 'LedgerTables1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('ledgers'));
    await runner.query(`
      CREATE TABLE ledger_trees (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        frontier bytea NOT NULL,
        PRIMARY KEY (topic, partition)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledgers, ledger_trees');
  }
}

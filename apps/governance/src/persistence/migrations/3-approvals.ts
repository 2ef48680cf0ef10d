import { createAggregateTable, declareTable } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

declareTable({ name: 'approvals', kind: 'state' });
const EVIDENCE = ['versions', 'trainers', 'verdicts'] as const;
for (const name of EVIDENCE) declareTable({ name, kind: 'projection' });

export class GovernanceApprovals1764060000000 implements MigrationInterface {
  readonly name = 'GovernanceApprovals1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('approvals'));
    await runner.query(`CREATE INDEX approvals_waiting ON approvals (id) WHERE state ->> 'status' = 'WAITING'`);
    for (const table of EVIDENCE)
      await runner.query(`CREATE TABLE ${table} (id text PRIMARY KEY, known jsonb NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE approvals, ${EVIDENCE.join(', ')}`);
  }
}

import { createAggregateTable, type UnitOfWork } from '@millrace/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export interface Counter {
  readonly seen: readonly string[];
}

/** State of the crash children: what they have worked on, by key, in order. */
export class CounterTable1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createAggregateTable('counters'));
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE counters');
  }
}

export async function countersOf(unitOfWork: UnitOfWork): Promise<Map<string, readonly string[]>> {
  const rows: { id: string; state: Counter }[] = await unitOfWork.run((manager) =>
    manager.query('SELECT id, state FROM counters ORDER BY id'),
  );
  return new Map(rows.map(({ id, state }) => [id, state.seen]));
}

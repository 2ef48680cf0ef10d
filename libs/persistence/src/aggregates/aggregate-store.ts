import { TransientError } from '@millrace/contracts';
import type { UnitOfWork } from '../unit-of-work';

export interface StoredAggregate<S> {
  readonly id: string;
  /** The aggregateVersion of the last fact that the state has taken in; 0 = none. */
  readonly version: number;
  readonly state: S;
}

/**
 * State of aggregates as rows (id, version, state). A row is written only as `evolve(state, own facts)`, in the unit of
 * work that puts those facts into the outbox, and by compare-and-set on the version, so that two deciders cannot both win.
 */
export class AggregateStore<S> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly table: string,
    private readonly initial: () => S,
  ) {}

  /** Version 0 and the initial state when there is no row. */
  async load(id: string): Promise<StoredAggregate<S>> {
    const rows: { version: string; state: S }[] = await this.unitOfWork.manager.query(
      `SELECT version, state FROM ${this.table} WHERE id = $1`,
      [id],
    );
    const row = rows[0];
    return row ? { id, version: Number(row.version), state: row.state } : { id, version: 0, state: this.initial() };
  }

  /** @throws TransientError CONCURRENT_CHANGE when the row is not at version `from` any more: load and decide again. */
  async save(id: string, from: number, to: number, state: S): Promise<void> {
    const written: unknown[] =
      from === 0
        ? await this.unitOfWork.manager.query(
            `INSERT INTO ${this.table} (id, version, state) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`,
            [id, to, JSON.stringify(state)],
          )
        : (
            await this.unitOfWork.manager.query(
              `UPDATE ${this.table} SET version = $3, state = $4 WHERE id = $1 AND version = $2 RETURNING id`,
              [id, from, to, JSON.stringify(state)],
            )
          )[0];
    if (written.length === 1) return;
    throw new TransientError({
      code: 'CONCURRENT_CHANGE',
      message: `${this.table} ${id} was changed by somebody else since version ${from}: load it and decide again.`,
      context: { table: this.table, id, from, to },
    });
  }

  async all(): Promise<StoredAggregate<S>[]> {
    const rows: { id: string; version: string; state: S }[] = await this.unitOfWork.manager.query(
      `SELECT id, version, state FROM ${this.table} ORDER BY id`,
    );
    return rows.map((row) => ({ id: row.id, version: Number(row.version), state: row.state }));
  }
}

/** SQL of an aggregate's state table, for a migration. */
export const createAggregateTable = (table: string): string =>
  `CREATE TABLE ${table} (id text PRIMARY KEY, version bigint NOT NULL, state jsonb NOT NULL)`;

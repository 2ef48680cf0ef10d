import { TransientError } from '@millrace/contracts';
import type { UnitOfWork } from '../unit-of-work';

export interface WorkItem {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
  /** Tries so far, this one included. */
  readonly attempts: number;
}

export const WORK_CHANNEL = 'millrace_work';

/** SQL of the work table, for a migration. Its rows are work: a rebuild drops them. */
export const CREATE_WORK_ITEMS = `CREATE TABLE work_items (
  id text PRIMARY KEY,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  leased_until timestamptz,
  not_before timestamptz NOT NULL,
  last_error text,
  created_at timestamptz NOT NULL
)`;

/**
 * Long work of one service: items wait in a table and are leased one at a time, so that a handler only stores what is to
 * be done and a killed process leaves an item that the next one takes when the lease has run out.
 */
export class WorkQueue {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly now: () => number,
  ) {}

  /** Inside the current unit of work. The same id twice is one item: ids come from the command that asks. */
  async enqueue(item: { readonly id: string; readonly kind: string; readonly payload: unknown }): Promise<void> {
    const at = new Date(this.now());
    await this.unitOfWork.manager.query(
      `INSERT INTO work_items (id, kind, payload, not_before, created_at) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`,
      [item.id, item.kind, JSON.stringify(item.payload), at],
    );
    await this.unitOfWork.manager.query('SELECT pg_notify($1, $2)', [WORK_CHANNEL, item.kind]);
  }

  /**
   * Whether an item still waits for its answer; it is locked until the unit of work ends. A worker whose lease ran out may
   * come late, when another one has answered.
   */
  async claim(id: string): Promise<boolean> {
    const rows: unknown[] = await this.unitOfWork.manager.query('SELECT 1 FROM work_items WHERE id = $1 FOR UPDATE', [
      id,
    ]);
    return rows.length === 1;
  }

  /**
   * Inside the current unit of work, together with what the work gave.
   *
   * @throws TransientError WORK_DONE_BY_ANOTHER when the item is gone: the lease ran out, another process did the work, and
   *   what this one gave must roll back with its unit of work.
   */
  async complete(id: string): Promise<void> {
    const [, deleted]: [unknown, number] = await this.unitOfWork.manager.query('DELETE FROM work_items WHERE id = $1', [
      id,
    ]);
    if (deleted === 1) return;
    throw new TransientError({
      code: 'WORK_DONE_BY_ANOTHER',
      message: `Work item ${id} is gone: its lease ran out here and another process completed it. Nothing is left to do.`,
      context: { id },
    });
  }

  /** The oldest item that nobody holds, leased from now on; null when there is none. */
  async lease(kinds: readonly string[], leaseMs: number): Promise<WorkItem | null> {
    const now = this.now();
    return this.unitOfWork.run(async (manager) => {
      const [rows]: [WorkItem[], number] = await manager.query(
        `UPDATE work_items SET attempts = attempts + 1, leased_until = $2
         WHERE id = (SELECT id FROM work_items
                     WHERE kind = ANY($1) AND not_before <= $3 AND (leased_until IS NULL OR leased_until <= $3)
                     ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, payload, attempts`,
        [kinds, new Date(now + leaseMs), new Date(now)],
      );
      return rows[0] ?? null;
    });
  }

  async renew(id: string, leaseMs: number): Promise<void> {
    const until = new Date(this.now() + leaseMs);
    await this.unitOfWork.run((manager) =>
      manager.query('UPDATE work_items SET leased_until = $2 WHERE id = $1', [id, until]),
    );
  }

  /** Gives the item back: it is leased again after the wait. An attempt that infrastructure spoiled does not count. */
  async release(id: string, waitMs: number, error: string, counts: boolean): Promise<void> {
    const notBefore = new Date(this.now() + waitMs);
    await this.unitOfWork.run((manager) =>
      manager.query(
        `UPDATE work_items SET leased_until = NULL, not_before = $2, last_error = $3, attempts = attempts - $4 WHERE id = $1`,
        [id, notBefore, error, counts ? 0 : 1],
      ),
    );
  }
}

import type { WorkerAnnounced } from '@millrace/contracts';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { KnownWorker } from '../domain/job';

/** A worker that has been silent for so long is forgotten; should it speak again, it is known again. */
const FORGET_MS = 60 * 60 * 1_000;

/** Workers by their last heartbeat. */
@Injectable()
export class WorkerRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async heard({ worker, capabilities, busyWith }: WorkerAnnounced, at: number): Promise<void> {
    await this.unitOfWork.manager.query(
      `INSERT INTO workers (worker, capabilities, busy_with, last_seen) VALUES ($1, $2, $3, $4)
       ON CONFLICT (worker) DO UPDATE SET capabilities = excluded.capabilities, busy_with = excluded.busy_with,
         last_seen = greatest(workers.last_seen, excluded.last_seen)`,
      [worker, JSON.stringify(capabilities), busyWith, at],
    );
    await this.unitOfWork.manager.query('DELETE FROM workers WHERE last_seen < $1', [at - FORGET_MS]);
  }

  async forget(worker: string): Promise<void> {
    await this.unitOfWork.manager.query('DELETE FROM workers WHERE worker = $1', [worker]);
  }

  async all(): Promise<KnownWorker[]> {
    const rows: { worker: string; capabilities: string[]; busy_with: string | null; last_seen: string }[] =
      await this.unitOfWork.manager.query('SELECT * FROM workers ORDER BY worker');
    return rows.map((row) => ({
      worker: row.worker,
      capabilities: row.capabilities,
      busyWith: row.busy_with,
      lastSeen: Number(row.last_seen),
    }));
  }
}

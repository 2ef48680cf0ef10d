import type { ArtifactRef } from '@millrace/contracts';
import type { Cause } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import type { Job, JobFailure } from '../domain/job';

/** A job with what the clock needs besides its lease. */
export interface StoredJob extends Job {
  readonly inTimeOrder: boolean;
  /** The command that asked for the run: what every fact about it answers. */
  readonly cause: Cause;
}

interface Row {
  readonly job: string;
  readonly run: string;
  readonly attempt: number;
  readonly worker: string | null;
  readonly lease_until: string;
  readonly checkpoint: ArtifactRef | null;
  readonly last_failure: JobFailure | null;
  readonly in_time_order: boolean;
  readonly cause: Cause;
}

/** Jobs that are not finished, in the current unit of work. Reading one locks it: clock and reports take turns. */
@Injectable()
export class JobRepository {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  async add(job: Pick<StoredJob, 'job' | 'run' | 'inTimeOrder' | 'cause'>, now: number): Promise<void> {
    await this.query(
      'INSERT INTO jobs (job, run, in_time_order, cause, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [job.job, job.run, job.inTimeOrder, JSON.stringify(job.cause), now],
    );
  }

  /** Null when the job is finished, or was never there. */
  async find(job: string): Promise<StoredJob | null> {
    const rows: Row[] = await this.query('SELECT * FROM jobs WHERE job = $1 FOR UPDATE', [job]);
    return rows[0] ? jobOf(rows[0]) : null;
  }

  /** Oldest first. */
  async unfinished(): Promise<StoredJob[]> {
    const rows: Row[] = await this.query('SELECT * FROM jobs ORDER BY created_at, job FOR UPDATE', []);
    return rows.map(jobOf);
  }

  async save(job: Job): Promise<void> {
    await this.query(
      `UPDATE jobs SET attempt = $2, worker = $3, lease_until = $4, checkpoint = $5, last_failure = $6 WHERE job = $1`,
      [job.job, job.attempt, job.worker, job.leaseUntil, json(job.checkpoint), json(job.lastFailure)],
    );
  }

  async finish(job: string): Promise<void> {
    await this.query('DELETE FROM jobs WHERE job = $1', [job]);
  }

  /** A worker is known to be gone: what it held is free at once. */
  async releaseAllOf(worker: string): Promise<void> {
    await this.query('UPDATE jobs SET lease_until = 0, worker = NULL WHERE worker = $1', [worker]);
  }

  private query<T>(sql: string, parameters: unknown[]): Promise<T> {
    return this.unitOfWork.manager.query(sql, parameters);
  }
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const jobOf = (row: Row): StoredJob => ({
  job: row.job,
  run: row.run,
  attempt: row.attempt,
  worker: row.worker,
  leaseUntil: Number(row.lease_until),
  checkpoint: row.checkpoint,
  lastFailure: row.last_failure,
  inTimeOrder: row.in_time_order,
  cause: row.cause,
});

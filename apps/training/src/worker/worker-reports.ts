import { hostname } from 'node:os';
import {
  type Ids,
  type JobAssigned,
  JobFailed,
  JobProgressed,
  JobSucceeded,
  Topics,
  type TrainingResult,
  WorkerAnnounced,
} from '@millrace/contracts';
import { LEARNERS } from '@millrace/learning';
import { controlEventId, type DirectEvents, type Received } from '@millrace/messaging';
import type { Failure } from './job-failure';
import type { Progress } from './train-model';

/** What a worker says on `training.worker-reports.v1`; the records have its id as their key, so they stay in order. */
export class WorkerReports {
  constructor(
    private readonly events: DirectEvents,
    private readonly worker: string,
    private readonly ids: Ids,
  ) {}

  async announce(busyWith: string | null, stopping: boolean): Promise<void> {
    const data: WorkerAnnounced = {
      worker: this.worker,
      capabilities: [...LEARNERS.keys()],
      host: hostname(),
      pid: process.pid,
      busyWith,
      stopping,
    };
    await this.events.publish(WorkerAnnounced, this.worker, data, { id: this.ids.uuid() });
  }

  async progressed(assigned: Received<JobAssigned>, progress: Progress): Promise<void> {
    const data = { ...this.attemptOf(assigned.data), ...progress };
    await this.events.publish(JobProgressed, this.worker, data, { id: this.ids.uuid(), cause: assigned });
  }

  async succeeded(assigned: Received<JobAssigned>, result: TrainingResult): Promise<void> {
    const data = { ...this.attemptOf(assigned.data), result };
    await this.events.publish(JobSucceeded, this.worker, data, { id: endId(assigned.data), cause: assigned });
  }

  async failed(assigned: Received<JobAssigned>, failure: Failure): Promise<void> {
    const data = { ...this.attemptOf(assigned.data), ...failure };
    await this.events.publish(JobFailed, this.worker, data, { id: endId(assigned.data), cause: assigned });
  }

  private attemptOf({ job, run, attempt }: JobAssigned) {
    return { job, run, attempt, worker: this.worker };
  }
}

/** An attempt ends once: a report that is sent again after doubt has the same id. */
const endId = ({ job, attempt }: JobAssigned): string =>
  controlEventId(Topics.workerReports.name, `${job}.end`, attempt);

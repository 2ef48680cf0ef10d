import type { LearnerSnapshotTaken } from '@millrace/contracts';
import { UnitOfWork, WorkQueue } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';

/** All of a snapshot but the file. */
export type SnapshotDraft = Omit<
  LearnerSnapshotTaken,
  'aggregateVersion' | 'occurredAt' | 'artifact' | 'signature' | 'parity'
>;

/** A snapshot that was due and is not a file yet. */
export interface DueSnapshot {
  readonly draft: SnapshotDraft;
  /** Bytes of the learner with its guard and evaluation, as `TestThenTrain` restores them. */
  readonly state: Buffer;
}

export const PACKAGE_SNAPSHOT = 'package-snapshot';

export interface SnapshotPlace {
  readonly learner: string;
  readonly offset: number;
}

/** Snapshots on their way from the fold that found them due to the work that packages them. */
@Injectable()
export class SnapshotRepository {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly queue: WorkQueue,
  ) {}

  async add({ draft, state }: DueSnapshot): Promise<void> {
    const { learner, offset } = draft;
    await this.unitOfWork.manager.query(
      'INSERT INTO learner_snapshots (learner, at_offset, draft, state) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
      [learner, offset, JSON.stringify(draft), state],
    );
    const payload: SnapshotPlace = { learner, offset };
    await this.queue.enqueue({ id: `snapshot ${learner} ${offset}`, kind: PACKAGE_SNAPSHOT, payload });
  }

  async find({ learner, offset }: SnapshotPlace): Promise<DueSnapshot | null> {
    const rows: DueSnapshot[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT draft, state FROM learner_snapshots WHERE learner = $1 AND at_offset = $2', [
        learner,
        offset,
      ]),
    );
    return rows[0] ?? null;
  }

  /** Whether an earlier snapshot of the same learner still waits: versions are to come in the order of the log. */
  async waitsBehindAnother({ learner, offset }: SnapshotPlace): Promise<boolean> {
    const rows: unknown[] = await this.unitOfWork.run((manager) =>
      manager.query('SELECT 1 FROM learner_snapshots WHERE learner = $1 AND at_offset < $2 LIMIT 1', [learner, offset]),
    );
    return rows.length > 0;
  }

  async remove({ learner, offset }: SnapshotPlace): Promise<void> {
    await this.unitOfWork.manager.query('DELETE FROM learner_snapshots WHERE learner = $1 AND at_offset = $2', [
      learner,
      offset,
    ]);
  }

  /** What is due at offsets that the learner was rolled back from. */
  async removeAfter(learner: string, offset: number): Promise<void> {
    await this.unitOfWork.manager.query('DELETE FROM learner_snapshots WHERE learner = $1 AND at_offset > $2', [
      learner,
      offset,
    ]);
  }
}

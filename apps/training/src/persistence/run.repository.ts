import { type RecordSchema, RunCompleted, RunFailed, RunPlanned, RunRefused, RunStarted } from '@millrace/contracts';
import { type Cause, Events } from '@millrace/messaging';
import { AggregateStore, type StoredAggregate, UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolveRun, noRun, type Run, type RunFact } from '../domain/run';

const RECORDS = { RunPlanned, RunStarted, RunCompleted, RunFailed, RunRefused } as const;

/** Loads runs and saves what was decided: state and facts in one unit of work. */
@Injectable()
export class RunRepository {
  private readonly runs: AggregateStore<Run>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly events: Events,
  ) {
    this.runs = new AggregateStore(unitOfWork, 'runs', noRun);
  }

  load(run: string): Promise<StoredAggregate<Run>> {
    return this.runs.load(run);
  }

  async save({ id, version, state }: StoredAggregate<Run>, facts: readonly RunFact[], cause: Cause): Promise<void> {
    if (facts.length === 0) return;
    await this.runs.save(id, version, version + facts.length, facts.reduce(evolveRun, state));
    for (const fact of facts) {
      const record = RECORDS[fact.type] as RecordSchema<{ aggregateVersion: number }>;
      await this.events.append(record, id, fact.data, cause);
    }
  }
}

import { RunCompleted, RunFailed, RunPlanned, RunRefused, RunStarted } from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolveRun, noRun, type Run, type RunFact } from '../domain/run';

const RUNS: AggregateKind<Run, RunFact> = {
  table: 'runs',
  initial: noRun,
  evolve: evolveRun,
  records: { RunPlanned, RunStarted, RunCompleted, RunFailed, RunRefused },
};

@Injectable()
export class RunRepository extends Aggregates<Run, RunFact> {
  constructor(unitOfWork: UnitOfWork, events: Events) {
    super(unitOfWork, events, RUNS);
  }
}

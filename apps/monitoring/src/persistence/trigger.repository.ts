import {
  RetrainingDropped,
  RetrainingPostponed,
  RetrainingRequested,
  TriggerDeclared,
  TriggerRefused,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolveTrigger, noTrigger, type Trigger, type TriggerFact } from '../domain/trigger';

const TRIGGERS: AggregateKind<Trigger, TriggerFact> = {
  table: 'retraining_triggers',
  initial: noTrigger,
  evolve: evolveTrigger,
  records: { TriggerDeclared, RetrainingRequested, RetrainingPostponed, RetrainingDropped, TriggerRefused },
};

@Injectable()
export class TriggerRepository extends Aggregates<Trigger, TriggerFact> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    super(unitOfWork, events, TRIGGERS);
  }

  /** Names of the triggers that were declared for an endpoint or a source. */
  async about(what: 'endpoint' | 'source', name: string): Promise<string[]> {
    const rows: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT id FROM retraining_triggers WHERE state -> 'declared' ->> $1 = $2 ORDER BY id`,
      [what, name],
    );
    return rows.map(({ id }) => id);
  }

  /** Names of those that time alone may pull. */
  async waiting(): Promise<string[]> {
    const rows: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT id FROM retraining_triggers
       WHERE state -> 'postponed' <> '[]' OR state #>> '{declared,conditions,everyMs}' IS NOT NULL ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }
}

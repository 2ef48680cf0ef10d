import { OutcomeContradicted } from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import {
  type ContradictionFact,
  type Contradictions,
  evolveContradictions,
  noContradictions,
} from '../domain/contradictions';

const CONTRADICTIONS: AggregateKind<Contradictions, ContradictionFact> = {
  table: 'join_families',
  initial: noContradictions,
  evolve: evolveContradictions,
  records: { OutcomeContradicted },
};

/** By family, which is one major of an endpoint: `flights-late.v1`. */
@Injectable()
export class ContradictionsRepository extends Aggregates<Contradictions, ContradictionFact> {
  constructor(unitOfWork: UnitOfWork, events: Events) {
    super(unitOfWork, events, CONTRADICTIONS);
  }
}

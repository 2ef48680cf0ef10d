import {
  DatasetJudged,
  ExpectationSetDefined,
  ExpectationSetDerived,
  ExpectationsRefused,
  OverrideRefused,
  VerdictOverridden,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import {
  type ExpectationFact,
  type ExpectationSet,
  evolveExpectations,
  noExpectations,
} from '../domain/expectation-set';
import { evolveVerdict, noVerdict, type Verdict, type VerdictFact } from '../domain/verdict';

const VERDICTS: AggregateKind<Verdict, VerdictFact> = {
  table: 'verdicts',
  initial: noVerdict,
  evolve: evolveVerdict,
  records: { DatasetJudged, VerdictOverridden, OverrideRefused },
};

const EXPECTATION_SETS: AggregateKind<ExpectationSet, ExpectationFact> = {
  table: 'expectation_sets',
  initial: noExpectations,
  evolve: evolveExpectations,
  records: { ExpectationSetDefined, ExpectationSetDerived, ExpectationsRefused },
};

/** Verdicts by data set, expectation sets by source. */
@Injectable()
export class ValidationRepository {
  readonly verdicts: Aggregates<Verdict, VerdictFact>;
  readonly expectations: Aggregates<ExpectationSet, ExpectationFact>;

  constructor(unitOfWork: UnitOfWork, events: Events) {
    this.verdicts = new Aggregates(unitOfWork, events, VERDICTS);
    this.expectations = new Aggregates(unitOfWork, events, EXPECTATION_SETS);
  }
}

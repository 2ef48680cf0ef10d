import {
  ClassificationRefused,
  ModelClassified,
  NoticeAttached,
  PolicyDefined,
  PolicyRefused,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { evolvePolicy, noPolicy, type Policy, type PolicyFact } from '../domain/policy';
import { evolveRisk, noRisk, type Risk, type RiskFact } from '../domain/risk';

const RISKS: AggregateKind<Risk, RiskFact> = {
  table: 'risks',
  initial: noRisk,
  evolve: evolveRisk,
  records: { ModelClassified, NoticeAttached, ClassificationRefused },
};

const POLICIES: AggregateKind<Policy, PolicyFact> = {
  table: 'policies',
  initial: noPolicy,
  evolve: evolvePolicy,
  records: { PolicyDefined, PolicyRefused },
};

/** Risks by model, policies by name. */
@Injectable()
export class GovernanceRepository {
  readonly risks: Aggregates<Risk, RiskFact>;
  readonly policies: Aggregates<Policy, PolicyFact>;

  constructor(unitOfWork: UnitOfWork, events: Events) {
    this.risks = new Aggregates(unitOfWork, events, RISKS);
    this.policies = new Aggregates(unitOfWork, events, POLICIES);
  }
}

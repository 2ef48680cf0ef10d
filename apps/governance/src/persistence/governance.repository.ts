import {
  ApprovalClosed,
  ApprovalGranted,
  ApprovalRefused,
  ApprovalRequested,
  ClassificationRefused,
  ModelClassified,
  NoticeAttached,
  PolicyDefined,
  PolicyRefused,
  ReleaseApproved,
  ReleaseDenied,
  ReleaseRejected,
} from '@millrace/contracts';
import { type AggregateKind, Aggregates, Events } from '@millrace/messaging';
import { UnitOfWork } from '@millrace/persistence';
import { Injectable } from '@nestjs/common';
import { type Approval, type ApprovalFact, evolveApproval, noApproval } from '../domain/approval';
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

const APPROVALS: AggregateKind<Approval, ApprovalFact> = {
  table: 'approvals',
  initial: noApproval,
  evolve: evolveApproval,
  records: {
    ApprovalRequested,
    ReleaseApproved,
    ApprovalGranted,
    ReleaseDenied,
    ReleaseRejected,
    ApprovalClosed,
    ApprovalRefused,
  },
};

/** Risks by model, policies by name, approvals by release. */
@Injectable()
export class GovernanceRepository {
  readonly risks: Aggregates<Risk, RiskFact>;
  readonly policies: Aggregates<Policy, PolicyFact>;
  readonly approvals: Aggregates<Approval, ApprovalFact>;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    events: Events,
  ) {
    this.risks = new Aggregates(unitOfWork, events, RISKS);
    this.policies = new Aggregates(unitOfWork, events, POLICIES);
    this.approvals = new Aggregates(unitOfWork, events, APPROVALS);
  }

  /**
   * One decision after the other, until the unit of work ends. A proposal and the evidence for it come on different topics:
   * worked on at the same moment, each would see that the other is not there, and the release would wait for ever.
   */
  async alone(): Promise<void> {
    await this.unitOfWork.manager.query(
      `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.approvals', 0))`,
    );
  }

  /** Ids of the releases that wait, in order. */
  async waiting(): Promise<string[]> {
    const rows: { id: string }[] = await this.unitOfWork.manager.query(
      `SELECT id FROM approvals WHERE state ->> 'status' = 'WAITING' ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }
}

import { type DecisionContext, type PolicyRule, stamp } from '@millrace/contracts';
import type { Approval, ApprovalFact, Proposal } from './approval';
import type { Evidence } from './evidence';
import { countedApprovers, missingPieces, piece, unclassified } from './missing-pieces';
import { type PolicyInForce, ruleOf } from './policy';

/** What a decision about a release rests on. */
export interface Weights {
  readonly policy: PolicyInForce;
  readonly evidence: Evidence;
}

/**
 * Grants, denies for good, or says what is missing; nothing when that was said already. Asked when a release is proposed,
 * and again whenever something comes that may change the answer.
 */
export function weighRelease(
  approval: Approval,
  proposal: Proposal,
  { policy, evidence }: Weights,
  context: DecisionContext,
): ApprovalFact[] {
  if (approval.status !== 'ABSENT' && approval.status !== 'WAITING') return [];
  const { riskClass } = evidence.risk;
  const rule = ruleOf(policy, riskClass);
  const said = { ...stamp(context), ...proposal, riskClass, policy: policy.id, trainedBy: evidence.trainedBy };
  if (rule?.forbidden) return [{ type: 'ReleaseDenied', data: { ...said, ...denial(proposal, riskClass, policy) } }];
  const missing = rule ? missingPieces(rule, proposal, evidence, approval.approvals) : [unclassified(proposal.model)];
  if (missing.length === 0 && rule) {
    const approvers = approversOf(rule, proposal, evidence, approval);
    return [{ type: 'ApprovalGranted', data: { ...said, approvers } }];
  }
  const saidAlready =
    approval.status === 'WAITING' &&
    approval.riskClass === riskClass &&
    approval.policy === policy.id &&
    JSON.stringify(approval.missing.map(({ code, what }) => [code, what])) ===
      JSON.stringify(missing.map(({ code, what }) => [code, what]));
  return saidAlready ? [] : [{ type: 'ApprovalRequested', data: { ...said, missing } }];
}

/** A policy that asks nobody names nobody, also where somebody has approved under an earlier one. */
const approversOf = (rule: PolicyRule, proposal: Proposal, evidence: Evidence, { approvals }: Approval): string[] =>
  rule.approvals === 0 ? [] : countedApprovers(rule, proposal, evidence, approvals);

function denial({ model, endpoint }: Proposal, riskClass: string, { id }: PolicyInForce) {
  return {
    reason: `${model} is ${riskClass}, and the policy ${id} forbids to release such a model on ${endpoint}, whoever approves it. If the class is a mistake, set another one (millrace risk set ${model}) and propose the release again.`,
    missing: [piece('RISK_CLASS', `${model} is ${riskClass}, which is forbidden`, 'release another model')],
  };
}

import {
  ApproveRelease,
  type DecisionContext,
  type PolicyRule,
  type Refusal,
  refusal,
  refusalOf,
  stamp,
} from '@millrace/contracts';
import { type Approval, type ApprovalFact, evolveApproval, type Proposal } from './approval';
import { hasRole, whyNoApprover } from './missing-pieces';
import { ruleOf } from './policy';
import { type Weights, weighRelease } from './weigh-release';
import { whyNotWaiting } from './why-not-waiting';

/** One person allows what they have seen; when it was the last piece, the release is granted in the same breath. */
export function approveRelease(
  approval: Approval,
  command: ApproveRelease,
  weights: Weights,
  context: DecisionContext,
): ApprovalFact[] {
  const { release, binding, roles, reason } = command;
  const { proposal } = approval;
  const why = whyNotWaiting(approval, release) ?? whyNotApprove(approval, proposal!, command, weights, context.actor);
  if (why) return [{ type: 'ApprovalRefused', data: { ...refusalOf(context, ApproveRelease.fullName, why), release } }];
  const approved: ApprovalFact = {
    type: 'ReleaseApproved',
    data: { ...stamp(context), release, endpoint: proposal!.endpoint, binding, by: context.actor, roles, reason },
  };
  const after = evolveApproval(approval, approved);
  return [approved, ...weighRelease(after, proposal!, weights, { ...context, version: context.version + 1 })];
}

function whyNotApprove(
  { approvals }: Approval,
  proposal: Proposal,
  { binding, roles }: ApproveRelease,
  { policy, evidence }: Weights,
  actor: string,
): Refusal | null {
  if (binding !== proposal.binding)
    return refusal(
      'PROPOSAL_CHANGED',
      `What was approved (${binding}) is not what is proposed (${proposal.binding}): look again with millrace approval list.`,
    );
  const { model } = proposal;
  const rule = ruleOf(policy, evidence.risk.riskClass);
  if (!rule)
    return refusal(
      'NOT_CLASSIFIED',
      `${model} has no risk class, so nobody knows whose approval it takes: millrace risk set ${model} <class> --reason "...".`,
    );
  if (rule.approvals === 0)
    return refusal(
      'NO_APPROVAL_NEEDED',
      `The policy ${policy.id} asks nobody for a model of class ${rule.riskClass}: bring what is missing (millrace approval list).`,
    );
  const eyes = whyNoApprover(rule, proposal, evidence, actor);
  if (eyes) return refusal('FOUR_EYES', `${actor} ${eyes}, so somebody else must approve it (policy ${policy.id}).`);
  if (!hasRole(rule, roles)) return lacksRole(rule, actor, roles);
  if (approvals.some(({ by }) => by === actor))
    return refusal('ALREADY_APPROVED', `${actor} has approved it already: somebody else must.`);
  return null;
}

const lacksRole = ({ approverRoles }: PolicyRule, actor: string, roles: readonly string[]): Refusal =>
  refusal(
    'ROLE_MISSING',
    `${actor} has ${roles.length > 0 ? `the roles ${roles.join(', ')}` : 'no role'}; the policy asks for one of ${approverRoles.join(', ')}.`,
  );

import { type DecisionContext, type Refusal, RejectRelease, refusal, refusalOf, stamp } from '@millrace/contracts';
import type { Approval, ApprovalFact } from './approval';
import { whyNotWaiting } from './why-not-waiting';

/** Anybody who may approve or propose may stop a release that waits, for good. */
export function rejectRelease(approval: Approval, command: RejectRelease, context: DecisionContext): ApprovalFact[] {
  const { release, reason } = command;
  const why = whyNotWaiting(approval, release) ?? whyNoReason(reason);
  if (why) return [{ type: 'ApprovalRefused', data: { ...refusalOf(context, RejectRelease.fullName, why), release } }];
  const { endpoint } = approval.proposal!;
  const { missing } = approval;
  return [
    {
      type: 'ReleaseRejected',
      data: { ...stamp(context), release, endpoint, by: context.actor, reason, missing: [...missing] },
    },
  ];
}

const whyNoReason = (reason: string): Refusal | null =>
  reason.trim() === '' ? refusal('REASON_MISSING', 'Say why: a rejection stays on the log.') : null;

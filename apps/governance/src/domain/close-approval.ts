import { type DecisionContext, type ReleaseWithdrawn, stamp } from '@millrace/contracts';
import type { Approval, ApprovalFact } from './approval';

/** What the registry has withdrawn waits no more. */
export function closeApproval(
  { status }: Approval,
  { release, endpoint, reason }: ReleaseWithdrawn,
  context: DecisionContext,
): ApprovalFact[] {
  if (status !== 'WAITING') return [];
  return [{ type: 'ApprovalClosed', data: { ...stamp(context), release, endpoint, reason } }];
}

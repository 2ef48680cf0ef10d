import { type DecisionContext, stamp } from '@millrace/contracts';
import type { ReleaseFact, Releases } from './release';

/** The end of what waits for approval, when something else makes it void; nothing where nothing waits. */
export function withdrawPending(
  { pending }: Releases,
  endpoint: string,
  reason: string,
  context: DecisionContext,
): ReleaseFact[] {
  if (!pending) return [];
  const data = { ...stamp(context), endpoint, release: pending.release, reason, by: context.actor };
  return [{ type: 'ReleaseWithdrawn', data }];
}

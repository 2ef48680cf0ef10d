import type { Received } from '@millrace/messaging';
import type { StoredAggregate } from '@millrace/persistence';
import type { DecisionContext } from '../domain/decision';

/** What a decision is told: the aggregate's version, the time, who asks and by which record. */
export function contextOf(
  received: Pick<Received<unknown>, 'id' | 'actor'>,
  aggregate: StoredAggregate<unknown>,
  now: number,
): DecisionContext {
  return { version: aggregate.version, now, actor: received.actor ?? 'service:validation', causeId: received.id };
}

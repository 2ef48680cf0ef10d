import type { Received } from '@millrace/messaging';
import type { StoredAggregate } from '@millrace/persistence';
import type { DecisionContext, Refusal } from '../domain/decision';

/** What a decision is told: the aggregate's version, the time, who asks and by which command. */
export function contextOf(
  command: Received<unknown>,
  aggregate: StoredAggregate<unknown>,
  now: number,
): DecisionContext {
  return { version: aggregate.version, now, actor: command.actor ?? 'unknown', causeId: command.id };
}

/** The refusal that an error means for whoever asked. */
export function refusalOfError(error: Error): Refusal {
  const code = (error as { code?: unknown }).code;
  return { reasonCode: typeof code === 'string' ? code : 'INTERNAL', reason: error.message };
}

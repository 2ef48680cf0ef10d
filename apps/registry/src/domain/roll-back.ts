import type { DecisionContext, Refusal, RollBackRelease } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import { activate, refuseRelease, unservable } from './propose-release';
import { type Activation, isHalt, type ReleaseFact, type Releases } from './release';

/** Serves again what an earlier revision served, under a new, higher revision: revisions never go down. */
export function rollBack(
  releases: Releases,
  command: RollBackRelease,
  endpoint: Endpoint,
  context: DecisionContext,
): ReleaseFact[] {
  const wanted = command.toRevision ?? releases.revision - 1;
  const target = releases.history[wanted - 1];
  const refusal = whyNotRollBack(releases, wanted, target, command.endpoint, endpoint);
  if (refusal || !target) return refuseRelease(command.endpoint, 'RollBackRelease', refusal, context);
  return activate(
    releases,
    { endpoint: command.endpoint, reason: command.reason, kind: 'ROLL_BACK', major: target.major, arms: target.arms },
    context,
  );
}

function whyNotRollBack(
  releases: Releases,
  wanted: number,
  target: Activation | undefined,
  name: string,
  endpoint: Endpoint,
): Refusal | null {
  if (endpoint.status !== 'LIVE') return unservable(name, endpoint.status);
  if (wanted === releases.revision && releases.revision > 0)
    return { reasonCode: 'ALREADY_LIVE', reason: `Revision ${wanted} is the live one.` };
  if (!target)
    return {
      reasonCode: 'UNKNOWN_REVISION',
      reason:
        releases.revision < 2
          ? `${name} has no earlier release to go back to.`
          : `${name} has revisions 1 to ${releases.revision}; ${wanted} is none of them.`,
    };
  if (isHalt(target))
    return { reasonCode: 'UNKNOWN_REVISION', reason: `Revision ${wanted} of ${name} is a halt: it served nothing.` };
  return null;
}

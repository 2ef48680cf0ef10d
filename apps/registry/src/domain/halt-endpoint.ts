import { type DecisionContext, HaltEndpoint, type Refusal, refusal, stamp } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import { refuseRelease, unservable } from './refuse-release';
import { isHalt, liveRelease, type ReleaseFact, type Releases } from './release';
import { withdrawPending } from './withdraw-pending';

/**
 * The kill switch: needs no grant, and a release or a roll back puts an end to it. What waited for approval is void: an
 * approval that was asked for before shall not start again what was stopped.
 */
export function haltEndpoint(
  releases: Releases,
  { endpoint: name, reason }: HaltEndpoint,
  endpoint: Endpoint,
  context: DecisionContext,
): ReleaseFact[] {
  const live = liveRelease(releases);
  if (endpoint.status !== 'LIVE' || !live || isHalt(live))
    return refuseRelease(
      name,
      whyNotHalt(name, endpoint),
      { release: context.causeId, command: HaltEndpoint.fullName },
      context,
    );
  return [
    {
      type: 'ReleaseHalted',
      data: {
        ...stamp(context),
        endpoint: name,
        release: live.release,
        revision: releases.revision + 1,
        reason,
        by: context.actor,
      },
    },
    ...withdrawPending(releases, name, 'the endpoint was halted', { ...context, version: context.version + 1 }),
  ];
}

function whyNotHalt(name: string, { status }: Endpoint): Refusal {
  if (status !== 'LIVE') return unservable(name, status);
  return refusal('NOTHING_TO_HALT', `${name} serves nothing, so there is nothing to stop.`);
}

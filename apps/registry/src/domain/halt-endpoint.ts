import { type DecisionContext, type HaltEndpoint, type Refusal, stamp } from '@millrace/contracts';
import type { Endpoint } from './endpoint';
import { refuseRelease, unservable } from './propose-release';
import { isHalt, liveRelease, type ReleaseFact, type Releases } from './release';

/** The kill switch: needs no grant, and a release or a roll back puts an end to it. */
export function haltEndpoint(
  releases: Releases,
  { endpoint: name, reason }: HaltEndpoint,
  endpoint: Endpoint,
  context: DecisionContext,
): ReleaseFact[] {
  const live = liveRelease(releases);
  if (endpoint.status !== 'LIVE' || !live || isHalt(live))
    return refuseRelease(name, 'HaltEndpoint', whyNotHalt(name, endpoint), context);
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
  ];
}

function whyNotHalt(name: string, { status }: Endpoint): Refusal {
  if (status !== 'LIVE') return unservable(name, status);
  return { reasonCode: 'NOTHING_TO_HALT', reason: `${name} serves nothing, so there is nothing to stop.` };
}

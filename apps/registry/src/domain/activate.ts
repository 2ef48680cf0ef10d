import { type Arm, type DecisionContext, type InputChecks, type ReleaseGranted, stamp } from '@millrace/contracts';
import type { ReleaseFact, Releases } from './release';

export interface Wanted {
  readonly endpoint: string;
  readonly release: string;
  readonly major: number;
  readonly arms: readonly Arm[];
  readonly inputChecks: InputChecks | null;
}

/** Who let it go live, and what exactly. */
export type Grant = Pick<ReleaseGranted, 'by' | 'binding' | 'policy'>;

/** Granted -> activated: two facts of one decision. */
export function activate(releases: Releases, wanted: Wanted, grant: Grant, context: DecisionContext): ReleaseFact[] {
  const { endpoint, release, major, arms, inputChecks } = wanted;
  const first = stamp(context);
  return [
    { type: 'ReleaseGranted', data: { ...first, endpoint, release, ...grant } },
    {
      type: 'ReleaseActivated',
      data: {
        ...first,
        aggregateVersion: first.aggregateVersion + 1,
        endpoint,
        release,
        major,
        revision: releases.revision + 1,
        arms: [...arms],
        salt: release,
        inputChecks,
      },
    },
  ];
}

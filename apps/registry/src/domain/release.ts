import type {
  Arm,
  ReleaseActivated,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  ReleaseRefused,
} from '@millrace/contracts';

/** What one endpoint serves, and everything that it served before. */
export interface Releases {
  /** 0 = nothing was ever live. */
  readonly revision: number;
  /** One entry per revision, in order: revision n is at index n - 1. */
  readonly history: readonly Activation[];
}

export interface Activation {
  readonly revision: number;
  readonly release: string;
  readonly major: number;
  /** None: the endpoint was halted. */
  readonly arms: readonly Arm[];
  /** Milliseconds since 1970. */
  readonly since: number;
}

export type ReleaseFact =
  | { readonly type: 'ReleaseProposed'; readonly data: ReleaseProposed }
  | { readonly type: 'ReleaseGranted'; readonly data: ReleaseGranted }
  | { readonly type: 'ReleaseActivated'; readonly data: ReleaseActivated }
  | { readonly type: 'ReleaseHalted'; readonly data: ReleaseHalted }
  | { readonly type: 'ReleaseRefused'; readonly data: ReleaseRefused };

export const noReleases = (): Releases => ({ revision: 0, history: [] });

/** The only writer of the state: also used by a rebuild from `registry.releases.v1`. */
export function evolveReleases(releases: Releases, fact: ReleaseFact): Releases {
  if (fact.type !== 'ReleaseActivated' && fact.type !== 'ReleaseHalted') return releases;
  const { revision, release, occurredAt: since } = fact.data;
  const { major, arms } = fact.type === 'ReleaseActivated' ? fact.data : { major: 0, arms: [] };
  return { revision, history: [...releases.history, { revision, release, major, arms, since }] };
}

export const isHalt = ({ arms }: Activation): boolean => arms.length === 0;

export function liveRelease(releases: Releases): Activation | undefined {
  return releases.history.at(-1);
}

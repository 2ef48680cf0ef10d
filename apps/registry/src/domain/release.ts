import type {
  Arm,
  InputChecks,
  ReleaseActivated,
  ReleaseGranted,
  ReleaseHalted,
  ReleaseProposed,
  ReleaseRefused,
  ReleaseWithdrawn,
} from '@millrace/contracts';

/** What one endpoint serves, and everything that it served before. */
export interface Releases {
  /** 0 = nothing was ever live. */
  readonly revision: number;
  /** One entry per revision, in order: revision n is at index n - 1. */
  readonly history: readonly Activation[];
  /** What somebody wants live and nobody has allowed yet. */
  readonly pending?: Proposal;
}

/** A release that waits for its approval. */
export interface Proposal {
  readonly release: string;
  readonly model: string;
  readonly version: number;
  readonly digest: string;
  readonly major: number;
  readonly strategy: string;
}

export interface Activation {
  readonly revision: number;
  readonly release: string;
  readonly major: number;
  /** None: the endpoint was halted. */
  readonly arms: readonly Arm[];
  /** Absent: saved before releases had any. */
  readonly inputChecks?: InputChecks | null;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export type ReleaseFact =
  | { readonly type: 'ReleaseProposed'; readonly data: ReleaseProposed }
  | { readonly type: 'ReleaseGranted'; readonly data: ReleaseGranted }
  | { readonly type: 'ReleaseActivated'; readonly data: ReleaseActivated }
  | { readonly type: 'ReleaseHalted'; readonly data: ReleaseHalted }
  | { readonly type: 'ReleaseRefused'; readonly data: ReleaseRefused }
  | { readonly type: 'ReleaseWithdrawn'; readonly data: ReleaseWithdrawn };

export const noReleases = (): Releases => ({ revision: 0, history: [] });

/** The only writer of the state: also used by a rebuild from `registry.releases.v1`. */
export function evolveReleases(releases: Releases, fact: ReleaseFact): Releases {
  switch (fact.type) {
    case 'ReleaseProposed': {
      const { kind, release, model, version, digest, major, strategy } = fact.data;
      // A roll back is granted already: it never waits, and leaves what waits alone.
      if (kind === 'ROLL_BACK') return releases;
      return { ...releases, pending: { release, model, version, digest, major, strategy } };
    }
    case 'ReleaseActivated':
      return withoutPending(fact.data.release, served(releases, fact.data, fact.data));
    case 'ReleaseHalted':
      return served(releases, fact.data, { major: 0, arms: [], inputChecks: null });
    case 'ReleaseWithdrawn':
    case 'ReleaseRefused':
      return withoutPending(fact.data.release, releases);
    case 'ReleaseGranted':
      return releases;
  }
}

function served(
  releases: Releases,
  { revision, release, occurredAt: since }: ReleaseActivated | ReleaseHalted,
  { major, arms, inputChecks }: Pick<Activation, 'major' | 'arms' | 'inputChecks'>,
): Releases {
  const activation = { revision, release, major, arms, inputChecks: inputChecks ?? null, since };
  return { ...releases, revision, history: [...releases.history, activation] };
}

/** The member goes, so that a state is the same whether it was saved before approvals existed or after. */
function withoutPending(release: string, releases: Releases): Releases {
  if (releases.pending?.release !== release) return releases;
  const { pending: _, ...rest } = releases;
  return rest;
}

export const isHalt = ({ arms }: Activation): boolean => arms.length === 0;

export function liveRelease(releases: Releases): Activation | undefined {
  return releases.history.at(-1);
}

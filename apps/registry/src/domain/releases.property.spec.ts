import { type ApprovalGranted, releaseBinding } from '@millrace/contracts';
import fc from 'fast-check';
import { at, endpointWith, input, modelVersion, signature } from './domain-fixtures';
import { haltEndpoint } from './halt-endpoint';
import { proposeRelease } from './propose-release';
import { evolveReleases, isHalt, liveRelease, noReleases, type ReleaseFact, type Releases } from './release';
import { rollBack } from './roll-back';
import { settleDenied, settleGranted, settleRejected } from './settle-release';

const VERSIONS = ['a', 'b', 'c'].map((letter, index) => modelVersion(index + 1, letter));
const NAME = 'e';

type Step =
  | { readonly kind: 'propose'; readonly version: number }
  /** `which` counts back from the newest proposal; a forged grant is tied to something else. */
  | { readonly kind: 'grant' | 'forge' | 'deny' | 'reject'; readonly which: number }
  | { readonly kind: 'back'; readonly to: number | null }
  | { readonly kind: 'halt' | 'retire' | 'condemn' | 'pardon' };

const which = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('propose' as const), version: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('grant' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('forge', 'deny', 'reject'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('back' as const), to: fc.option(fc.integer({ min: 1, max: 6 })) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('halt', 'condemn', 'pardon') }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'retire' as const }) },
);

/** Much cheaper than expect(), which a million checks would feel. */
function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** One endpoint with its releases, everything that was said about it, and what governance has really granted. */
class World {
  releases: Releases = noReleases();
  endpoint = endpointWith(signature(input('x')));
  unacceptable: ReadonlySet<string> = new Set();
  readonly said: ReleaseFact[] = [];
  /** Release -> binding. */
  readonly granted = new Map<string, string>();
  readonly proposals: { readonly release: string; readonly version: number; readonly digest: string }[] = [];
  forwards = 0;

  run(one: Step, index: number): void {
    const before = this.releases;
    const context = at(this.said.length, `c${index}`);
    const facts = this.decide(one, context);
    for (const fact of facts) this.take(fact);
    const isCommand = one.kind === 'propose' || one.kind === 'back' || one.kind === 'halt';
    must(!isCommand || facts.length > 0, `${one.kind} was not answered`);
    this.mustHold(one, before);
  }

  private decide(one: Step, context: ReturnType<typeof at>): ReleaseFact[] {
    const { releases, endpoint, unacceptable } = this;
    switch (one.kind) {
      case 'propose': {
        const command = { endpoint: NAME, model: 'm', version: one.version, reason: '' };
        return proposeRelease(releases, command, endpoint, VERSIONS[one.version - 1], context);
      }
      case 'back':
        return rollBack(releases, { endpoint: NAME, toRevision: one.to, reason: '' }, endpoint, unacceptable, context);
      case 'halt':
        return haltEndpoint(releases, { endpoint: NAME, reason: '' }, endpoint, context);
      case 'retire':
        // Seldom: after it, nothing more can happen.
        if (context.version > 12) this.endpoint = { ...endpoint, status: 'RETIRED' };
        return [];
      case 'condemn':
        this.unacceptable = new Set(['m']);
        return [];
      case 'pardon':
        this.unacceptable = new Set();
        return [];
      default:
        return this.settle(one, context);
    }
  }

  private settle(one: Extract<Step, { which: number }>, context: ReturnType<typeof at>): ReleaseFact[] {
    const { releases } = this;
    const proposal = this.proposals.at(-1 - one.which);
    if (!proposal) return [];
    const content = { endpoint: NAME, major: 1, digest: proposal.digest, strategy: 'ALL_AT_ONCE' };
    const binding = releaseBinding(one.kind === 'forge' ? { ...content, digest: 'f'.repeat(64) } : content);
    const said = { aggregateVersion: 1, occurredAt: 1, ...content, ...proposal, model: 'm', binding };
    const grant: ApprovalGranted = {
      ...said,
      riskClass: 'HIGH',
      policy: 'built-in:1',
      proposedBy: 'ann',
      trainedBy: null,
      approvers: ['bob', 'cy'],
    };
    if (one.kind === 'deny') return settleDenied(releases, { ...grant, reason: 'no', missing: [] }, context);
    if (one.kind === 'reject')
      return settleRejected(releases, { ...said, by: 'bob', reason: 'no', missing: [] }, context);
    if (one.kind === 'grant') this.granted.set(proposal.release, binding);
    const version = VERSIONS[proposal.version - 1];
    return settleGranted(releases, grant, this.endpoint, version, null, this.unacceptable, context);
  }

  private take(fact: ReleaseFact): void {
    this.said.push(fact);
    must(fact.data.aggregateVersion === this.said.length, 'there is a gap');
    const before = this.releases;
    this.releases = evolveReleases(before, fact);
    if (fact.type === 'ReleaseProposed' && fact.data.kind === 'FORWARD') {
      must(before.pending === undefined, 'a proposal took the place of another one without a word');
      this.proposals.push(fact.data);
    }
    if (fact.type === 'ReleaseActivated') this.activated(fact.data.release, before);
  }

  /** Nothing goes live but what was granted, or what was live before. */
  private activated(release: string, before: Releases): void {
    const live = liveRelease(this.releases)!;
    const { digest } = live.arms[0]!.artifact;
    must(this.releases.pending?.release !== release, 'what is live still waits');
    must(!this.unacceptable.has('m'), 'what is unacceptable went live');
    must(this.endpoint.status === 'LIVE', 'a retired endpoint went live');
    const proposed = this.proposals.find((one) => one.release === release);
    if (!proposed) {
      must(
        before.history.some(({ arms }) => arms[0]?.artifact.digest === digest),
        'a roll back served what never was live',
      );
      return;
    }
    this.forwards++;
    const content = { endpoint: NAME, major: live.major, digest, strategy: 'ALL_AT_ONCE' };
    must(this.granted.get(release) === releaseBinding(content), 'what was not granted went live');
    must(before.pending?.release === release, 'what did not wait went live');
  }

  private mustHold(one: Step, before: Releases): void {
    const { kind } = one;
    const { revision, history, pending } = this.releases;
    must(history.length === revision, 'revisions have a gap');
    must(
      history.every((one, index) => one.revision === index + 1),
      'revisions are out of order',
    );
    must(revision - before.revision <= 1, 'one step made two revisions');
    const live = liveRelease(this.releases);
    if (kind === 'halt' && revision > before.revision)
      must(isHalt(live!) && pending === undefined, 'a halt left something that can go live');
    if (one.kind === 'back') {
      must(pending === before.pending, 'a roll back changed what waits');
      must(one.to !== before.revision || revision === before.revision, 'what is live was rolled back to');
    }
    if (kind === 'condemn' || kind === 'pardon') must(this.releases === before, 'a class alone changed a release');
  }
}

describe('registry > domain > 10,000 random sequences', () => {
  it('let nothing go live that was not granted, and leave no gap', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 24 }), (steps) => {
        const world = new World();
        steps.forEach((one, index) => {
          world.run(one, index);
        });
        for (const { type, data } of world.said) {
          const what = 'reasonCode' in data ? data.reasonCode : type;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
        seen.set('FORWARD', (seen.get('FORWARD') ?? 0) + world.forwards);
      }),
      { seed: 4, numRuns: 10_000 },
    );
    // A property that never saw these would prove little.
    const wanted = [
      ...['ReleaseActivated', 'ReleaseHalted', 'ReleaseWithdrawn', 'FORWARD', 'PROPOSAL_CHANGED', 'RELEASE_DENIED'],
      ...['RELEASE_REJECTED', 'MODEL_UNACCEPTABLE', 'ALREADY_LIVE', 'ALREADY_PROPOSED', 'ENDPOINT_RETIRED'],
    ];
    for (const what of wanted) expect([what, (seen.get(what) ?? 0) > 100]).toEqual([what, true]);
  });
});

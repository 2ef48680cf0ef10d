import { type ApprovalGranted, type DecisionContext, expectationOf, releaseBinding } from '@millrace/contracts';
import { at, endpointWith, input, modelVersion, signature } from './domain-fixtures';
import { type Endpoint, noEndpoint } from './endpoint';
import { haltEndpoint } from './halt-endpoint';
import type { ExpectedOfSource } from './input-checks';
import type { ModelVersion } from './model';
import { proposeRelease } from './propose-release';
import { evolveReleases, liveRelease, noReleases, type ReleaseFact, type Releases } from './release';
import { rollBack } from './roll-back';
import { settleDenied, settleGranted, settleRejected } from './settle-release';

const endpoint = endpointWith(signature(input('x')));
const command = (version: number) => ({ endpoint: 'e', model: 'm', version, reason: 'because' });
const after = (releases: Releases, facts: readonly ReleaseFact[]): Releases => facts.reduce(evolveReleases, releases);
const NOBODY: ReadonlySet<string> = new Set();
const MISSING = [{ code: 'APPROVALS', what: 'two people', next: 'ask them' }];

/** What governance would say of what waits. */
function granting({ pending }: Releases, change: Partial<ApprovalGranted> = {}): ApprovalGranted {
  const content = { endpoint: 'e', ...pending! };
  return {
    aggregateVersion: 1,
    occurredAt: 1,
    ...content,
    binding: releaseBinding(content),
    riskClass: 'MINIMAL',
    policy: 'built-in:1',
    proposedBy: 'ann',
    trainedBy: null,
    approvers: [],
    ...change,
  };
}

const grant = (
  releases: Releases,
  version: ModelVersion | undefined,
  context: DecisionContext,
  {
    target = endpoint,
    change = {},
    unacceptable = NOBODY,
    expected = null,
  }: {
    target?: Endpoint;
    change?: object;
    unacceptable?: typeof NOBODY;
    expected?: ExpectedOfSource | null;
  } = {},
) => settleGranted(releases, granting(releases, change), target, version, expected, unacceptable, context);

function proposed(version: number, letter: string, before = noReleases(), release = 'r'): Releases {
  return after(
    before,
    proposeRelease(before, command(version), endpoint, modelVersion(version, letter), at(0, release)),
  );
}

function released(...letters: string[]): Releases {
  return letters.reduce((releases, letter, index) => {
    const waits = proposed(index + 1, letter, releases, `c${index}`);
    return after(waits, grant(waits, modelVersion(index + 1, letter), at(index * 3 + 1, 'grant')));
  }, noReleases());
}

describe('registry > domain > proposeRelease', () => {
  it('is proposed, and waits', () => {
    const facts = proposeRelease(noReleases(), command(1), endpoint, modelVersion(1, 'a'), at(0));
    expect(facts).toMatchObject([
      {
        type: 'ReleaseProposed',
        // The four eyes rest on who proposed it.
        data: { aggregateVersion: 1, release: 'cause-1', kind: 'FORWARD', major: 1, proposedBy: 'ann' },
      },
    ]);
    expect(facts).toMatchObject([{ data: { strategy: 'ALL_AT_ONCE' } }]);
    expect(after(noReleases(), facts)).toMatchObject({ revision: 0, pending: { release: 'cause-1', version: 1 } });
  });

  it.each([
    ['an unknown endpoint', noEndpoint(), modelVersion(1, 'a'), 'UNKNOWN_ENDPOINT'],
    ['a retired endpoint', { ...endpoint, status: 'RETIRED' as const }, modelVersion(1, 'a'), 'ENDPOINT_RETIRED'],
    ['an unknown version', endpoint, undefined, 'UNKNOWN_VERSION'],
    ['a version that does not fit', endpoint, modelVersion(1, 'a', signature(input('y'))), 'RELEASE_DOES_NOT_FIT'],
  ])('refuses %s', (_, target, version, reasonCode) => {
    const facts = proposeRelease(noReleases(), command(1), target, version, at(0));
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      type: 'ReleaseRefused',
      data: { reasonCode, aggregateVersion: 1, commandId: 'cause-1' },
    });
  });

  it('refuses the bytes that are live already, and what waits already', () => {
    const facts = proposeRelease(released('a'), command(1), endpoint, modelVersion(1, 'a'), at(3));
    expect(facts[0]).toMatchObject({ type: 'ReleaseRefused', data: { reasonCode: 'ALREADY_LIVE' } });
    const twice = proposeRelease(proposed(1, 'a'), command(1), endpoint, modelVersion(1, 'a'), at(1, 'again'));
    expect(twice).toMatchObject([{ type: 'ReleaseRefused', data: { reasonCode: 'ALREADY_PROPOSED' } }]);
    expect(after(proposed(1, 'a'), twice).pending).toMatchObject({ release: 'r' });
  });

  it('makes void what waited before', () => {
    const waits = proposed(1, 'a');
    const facts = proposeRelease(waits, command(2), endpoint, modelVersion(2, 'b'), at(1, 'second'));
    expect(facts).toMatchObject([
      { type: 'ReleaseWithdrawn', data: { aggregateVersion: 2, release: 'r' } },
      { type: 'ReleaseProposed', data: { aggregateVersion: 3, release: 'second', version: 2 } },
    ]);
    expect(after(waits, facts).pending).toMatchObject({ release: 'second' });
  });
});

describe('registry > domain > settleGranted', () => {
  it('goes live as it was granted, and says who let it', () => {
    const waits = proposed(1, 'a');
    const facts = grant(waits, modelVersion(1, 'a'), at(1, 'grant'), { change: { approvers: ['bob', 'cy'] } });
    expect(facts).toMatchObject([
      { type: 'ReleaseGranted', data: { aggregateVersion: 2, release: 'r', by: 'bob, cy', policy: 'built-in:1' } },
      {
        type: 'ReleaseActivated',
        data: { aggregateVersion: 3, release: 'r', revision: 1, salt: 'r', arms: [{ version: 1, probability: 1 }] },
      },
    ]);
    const live = after(waits, facts);
    expect(live.pending).toBeUndefined();
    expect(grant({ ...live, pending: waits.pending! }, modelVersion(1, 'a'), at(3))).toMatchObject([
      { data: { reasonCode: 'ALREADY_LIVE' } },
    ]);
    expect(grant(waits, modelVersion(1, 'a'), at(1))[0]).toMatchObject({ data: { by: 'built-in:1' } });
  });

  it.each([
    [
      'endpoint',
      { binding: releaseBinding({ endpoint: 'f', major: 1, digest: 'a'.repeat(64), strategy: 'ALL_AT_ONCE' }) },
    ],
    [
      'digest',
      { binding: releaseBinding({ endpoint: 'e', major: 1, digest: 'b'.repeat(64), strategy: 'ALL_AT_ONCE' }) },
    ],
    ['strategy', { binding: releaseBinding({ endpoint: 'e', major: 1, digest: 'a'.repeat(64), strategy: 'SLOWLY' }) }],
    [
      'major',
      { binding: releaseBinding({ endpoint: 'e', major: 2, digest: 'a'.repeat(64), strategy: 'ALL_AT_ONCE' }) },
    ],
    ['nothing', { binding: '' }],
  ])('refuses a grant that is tied to another %s', (_, change) => {
    const waits = proposed(1, 'a');
    const facts = grant(waits, modelVersion(1, 'a'), at(1, 'grant'), { change });
    expect(facts).toMatchObject([
      { type: 'ReleaseRefused', data: { reasonCode: 'PROPOSAL_CHANGED', release: 'r', commandId: 'r' } },
    ]);
    expect(after(waits, facts)).toEqual(noReleases());
  });

  it.each([
    ['the endpoint is retired', { target: { ...endpoint, status: 'RETIRED' as const } }, 'a', 'ENDPOINT_RETIRED'],
    ['the version has other bytes', {}, 'b', 'PROPOSAL_CHANGED'],
    ['the version is not known', {}, null, 'UNKNOWN_VERSION'],
    ['the version fits no more', { target: endpointWith(signature(input('y'))) }, 'a', 'RELEASE_DOES_NOT_FIT'],
    ['the model is unacceptable by now', { unacceptable: new Set(['m']) }, 'a', 'MODEL_UNACCEPTABLE'],
  ])('refuses when %s', (_, options, letter, reasonCode) => {
    const version = letter === null ? undefined : modelVersion(1, letter);
    expect(grant(proposed(1, 'a'), version, at(1), options)).toMatchObject([{ data: { reasonCode } }]);
  });

  it('activates with the expectations of the source that the version learned from, as far as they are about its inputs', () => {
    const waits = proposed(1, 'a');
    const bounded = expectationOf({ id: 'sane', kind: 'BETWEEN', column: 'x', min: 0 });
    const expected = {
      set: 'flights:3',
      digest: 'd',
      rules: [
        bounded,
        expectationOf({ id: 'label', kind: 'NOT_NULL', column: 'delay' }),
        // Whole numbers in the source; the input is a float, and its schema has seen to the type.
        expectationOf({ id: 'derived:type:x', kind: 'TYPE', column: 'x', values: ['integer'] }),
      ],
    };
    const checksOf = (facts: ReleaseFact[]) =>
      facts.flatMap(({ type, data }) => (type === 'ReleaseActivated' ? [data.inputChecks] : []));
    const activated = grant(waits, modelVersion(1, 'a'), at(1), { expected });
    expect(checksOf(activated)).toEqual([{ expectations: 'flights:3', digest: 'd', rules: [bounded] }]);
    const demanded = expectationOf({ id: 'whole', kind: 'TYPE', column: 'x', values: ['integer'] });
    for (const rules of [[], [demanded]])
      expect(checksOf(grant(waits, modelVersion(1, 'a'), at(1), { expected: { ...expected, rules } }))).toEqual([
        { expectations: 'flights:3', digest: 'd', rules },
      ]);
    expect(checksOf(grant(waits, modelVersion(1, 'a'), at(1), { expected: null }))).toEqual([null]);
    // A boolean of the source is a number in requests.
    const yes = expectationOf({ id: 'yes', kind: 'IN_SET', column: 'x', values: ['true'] });
    expect(
      checksOf(grant(waits, modelVersion(1, 'a'), at(1), { expected: { ...expected, rules: [yes] } })),
    ).toMatchObject([{ rules: [{ id: 'yes', values: ['true', '1'] }] }]);
    const live = after(waits, activated);
    const halted = after(live, haltEndpoint(live, { endpoint: 'e', reason: '' }, endpoint, at(3, 'halt')));
    expect(checksOf(rollBack(halted, { endpoint: 'e', toRevision: 1, reason: '' }, endpoint, NOBODY, at(9)))).toEqual(
      checksOf(activated),
    );
  });

  it('changes nothing for what does not wait', () => {
    const waits = proposed(1, 'a');
    expect(grant(waits, modelVersion(1, 'a'), at(1), { change: { release: 'another' } })).toEqual([]);
    expect(settleGranted(noReleases(), granting(waits), endpoint, modelVersion(1, 'a'), null, NOBODY, at(1))).toEqual(
      [],
    );
  });
});

describe('registry > domain > settleDenied, settleRejected', () => {
  const waits = proposed(1, 'a');

  it('refuses what waits, with what is missing, as the answer to the command that proposed it', () => {
    const denial = { ...granting(waits), reason: 'forbidden', missing: MISSING };
    const denied = settleDenied(waits, denial, at(1, 'denial'));
    expect(denied).toMatchObject([
      {
        type: 'ReleaseRefused',
        data: {
          reasonCode: 'RELEASE_DENIED',
          reason: 'forbidden',
          release: 'r',
          commandId: 'r',
          command: 'io.millrace.registry.ProposeRelease',
          missing: MISSING,
        },
      },
    ]);
    expect(after(waits, denied)).toEqual(noReleases());
    const rejection = {
      aggregateVersion: 1,
      occurredAt: 1,
      release: 'r',
      endpoint: 'e',
      by: 'bob',
      reason: 'no',
      missing: MISSING,
    };
    expect(settleRejected(waits, rejection, at(1))).toMatchObject([
      { data: { reasonCode: 'RELEASE_REJECTED', reason: 'bob rejected it: no', missing: MISSING } },
    ]);
    expect(settleRejected(noReleases(), rejection, at(1))).toEqual([]);
    expect(settleDenied(noReleases(), denial, at(1))).toEqual([]);
  });
});

describe('registry > domain > rollBack', () => {
  const back = (releases: Releases, toRevision: number | null) =>
    rollBack(
      releases,
      { endpoint: 'e', toRevision, reason: 'worse' },
      endpoint,
      NOBODY,
      at(releases.revision * 3, 'back'),
    );

  it('serves the release before under a higher revision', () => {
    const releases = released('a', 'b');
    const rolled = after(releases, back(releases, null));
    expect(rolled.revision).toBe(3);
    expect(liveRelease(rolled)?.arms[0]?.version).toBe(1);
  });

  it('asks nobody, says that it was granted before, and leaves alone what waits', () => {
    const waits = proposed(3, 'c', released('a', 'b'));
    const facts = back(waits, null);
    expect(facts).toMatchObject([
      { type: 'ReleaseProposed', data: { kind: 'ROLL_BACK', aggregateVersion: 7 } },
      { type: 'ReleaseGranted', data: { by: 'EARLIER_GRANT', binding: null, aggregateVersion: 8 } },
      { type: 'ReleaseActivated', data: { revision: 3, aggregateVersion: 9 } },
    ]);
    expect(after(waits, facts).pending).toMatchObject({ release: 'r', version: 3 });
  });

  it('does not go back to a model that is unacceptable by now', () => {
    const releases = released('a', 'b');
    const command = { endpoint: 'e', toRevision: 1, reason: '' };
    expect(rollBack(releases, command, endpoint, new Set(['m']), at(6))).toMatchObject([
      { type: 'ReleaseRefused', data: { reasonCode: 'MODEL_UNACCEPTABLE' } },
    ]);
    expect(rollBack(releases, command, endpoint, new Set(['other']), at(6))).toHaveLength(3);
  });

  it('goes back to any revision that is named', () => {
    const releases = released('a', 'b', 'c');
    expect(liveRelease(after(releases, back(releases, 1)))?.arms[0]?.version).toBe(1);
  });

  it.each([
    ['nothing to go back to', released('a'), null, 'UNKNOWN_REVISION'],
    ['a revision that never was', released('a', 'b'), 7, 'UNKNOWN_REVISION'],
    ['the live revision', released('a', 'b'), 2, 'ALREADY_LIVE'],
  ])('refuses %s', (_, releases, toRevision, reasonCode) => {
    expect(back(releases, toRevision)[0]).toMatchObject({ type: 'ReleaseRefused', data: { reasonCode } });
  });
});

describe('registry > domain > haltEndpoint', () => {
  const halt = { endpoint: 'e', reason: 'it harms people' };

  it('serves nothing under a higher revision, and a roll back serves again what it stopped', () => {
    const facts = haltEndpoint(released('a', 'b'), halt, endpoint, at(6, 'halt'));
    expect(facts).toMatchObject([
      { type: 'ReleaseHalted', data: { aggregateVersion: 7, revision: 3, release: 'c1', reason: 'it harms people' } },
    ]);
    const halted = after(released('a', 'b'), facts);
    const back = rollBack(halted, { endpoint: 'e', toRevision: null, reason: '' }, endpoint, NOBODY, at(7, 'back'));
    expect(back.at(-1)).toMatchObject({ type: 'ReleaseActivated', data: { revision: 4, arms: [{ version: 2 }] } });
    const live = liveRelease(after(halted, back));
    expect(live).toMatchObject({ revision: 4 });
  });

  it('makes void what waits for approval: it shall not start again what was stopped', () => {
    const waits = proposed(2, 'b', released('a'));
    const facts = haltEndpoint(waits, halt, endpoint, at(4, 'halt'));
    expect(facts).toMatchObject([
      { type: 'ReleaseHalted', data: { aggregateVersion: 5 } },
      { type: 'ReleaseWithdrawn', data: { aggregateVersion: 6, release: 'r', reason: 'the endpoint was halted' } },
    ]);
    const halted = after(waits, facts);
    expect(settleGranted(halted, granting(waits), endpoint, modelVersion(2, 'b'), null, NOBODY, at(6))).toEqual([]);
  });

  it('is ended by a release of the same bytes as well', () => {
    const halted = after(released('a'), haltEndpoint(released('a'), halt, endpoint, at(3, 'halt')));
    const waits = proposed(1, 'a', halted, 'again');
    const facts = grant(waits, modelVersion(1, 'a'), at(5));
    expect(facts.at(-1)).toMatchObject({ type: 'ReleaseActivated', data: { revision: 3 } });
    const again = after(waits, facts);
    const toHalt = rollBack(again, { endpoint: 'e', toRevision: 2, reason: '' }, endpoint, NOBODY, at(7));
    expect(toHalt).toMatchObject([{ type: 'ReleaseRefused', data: { reasonCode: 'UNKNOWN_REVISION' } }]);
  });

  it.each([
    ['an endpoint that serves nothing', noReleases(), endpoint, 'NOTHING_TO_HALT'],
    [
      'a halted endpoint',
      after(released('a'), haltEndpoint(released('a'), halt, endpoint, at(3, 'halt'))),
      endpoint,
      'NOTHING_TO_HALT',
    ],
    ['an unknown endpoint', noReleases(), noEndpoint(), 'UNKNOWN_ENDPOINT'],
    ['a retired endpoint', released('a'), { ...endpoint, status: 'RETIRED' as const }, 'ENDPOINT_RETIRED'],
  ])('refuses %s', (_, releases, target, reasonCode) => {
    expect(haltEndpoint(releases, halt, target, at(9))).toMatchObject([
      { type: 'ReleaseRefused', data: { reasonCode } },
    ]);
  });
});

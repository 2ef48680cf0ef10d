import { at, endpointWith, input, modelVersion, signature } from './domain-fixtures';
import { noEndpoint } from './endpoint';
import { haltEndpoint } from './halt-endpoint';
import { proposeRelease } from './propose-release';
import { evolveReleases, liveRelease, noReleases, type ReleaseFact, type Releases } from './release';
import { rollBack } from './roll-back';

const endpoint = endpointWith(signature(input('x')));
const command = (version: number) => ({ endpoint: 'e', model: 'm', version, reason: 'because' });
const after = (releases: Releases, facts: ReleaseFact[]): Releases => facts.reduce(evolveReleases, releases);

function released(...letters: string[]): Releases {
  return letters.reduce(
    (releases, letter, index) =>
      after(
        releases,
        proposeRelease(
          releases,
          command(index + 1),
          endpoint,
          modelVersion(index + 1, letter),
          at(index * 3, `c${index}`),
        ),
      ),
    noReleases(),
  );
}

describe('registry > domain > proposeRelease', () => {
  it('is proposed, granted with NO_POLICY and activated, with versions that have no gap', () => {
    const facts = proposeRelease(noReleases(), command(1), endpoint, modelVersion(1, 'a'), at(0));
    expect(facts.map((fact) => [fact.type, fact.data.aggregateVersion])).toEqual([
      ['ReleaseProposed', 1],
      ['ReleaseGranted', 2],
      ['ReleaseActivated', 3],
    ]);
    expect(facts[1]?.data).toMatchObject({ by: 'NO_POLICY', release: 'cause-1' });
    expect(facts[2]?.data).toMatchObject({ revision: 1, major: 1, arms: [{ model: 'm', version: 1, probability: 1 }] });
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

  it('refuses the bytes that are live already', () => {
    const facts = proposeRelease(released('a'), command(1), endpoint, modelVersion(1, 'a'), at(3));
    expect(facts[0]).toMatchObject({ type: 'ReleaseRefused', data: { reasonCode: 'ALREADY_LIVE' } });
  });
});

describe('registry > domain > rollBack', () => {
  const back = (releases: Releases, toRevision: number | null) =>
    rollBack(releases, { endpoint: 'e', toRevision, reason: 'worse' }, endpoint, at(releases.revision * 3, 'back'));

  it('serves the release before under a higher revision', () => {
    const releases = released('a', 'b');
    const rolled = after(releases, back(releases, null));
    expect(rolled.revision).toBe(3);
    expect(liveRelease(rolled)?.arms[0]?.version).toBe(1);
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
    const back = rollBack(halted, { endpoint: 'e', toRevision: null, reason: '' }, endpoint, at(7, 'back'));
    expect(back.at(-1)).toMatchObject({ type: 'ReleaseActivated', data: { revision: 4, arms: [{ version: 2 }] } });
    const live = liveRelease(after(halted, back));
    expect(live).toMatchObject({ revision: 4 });
  });

  it('is ended by a release of the same bytes as well', () => {
    const halted = after(released('a'), haltEndpoint(released('a'), halt, endpoint, at(3, 'halt')));
    const facts = proposeRelease(halted, command(1), endpoint, modelVersion(1, 'a'), at(4, 'again'));
    expect(facts.at(-1)).toMatchObject({ type: 'ReleaseActivated', data: { revision: 3 } });
    const toHalt = rollBack(after(halted, facts), { endpoint: 'e', toRevision: 2, reason: '' }, endpoint, at(7));
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

import { at, endpointWith, input, modelVersion, signature } from './domain-fixtures';
import { noEndpoint } from './endpoint';
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

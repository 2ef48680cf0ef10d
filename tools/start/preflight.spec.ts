import { javaMajor, preflight } from './preflight.cjs';

const good = {
  node: '20.19.0',
  platform: 'linux' as NodeJS.Platform,
  java: (): string | undefined => 'openjdk version "17.0.15" 2025-04-15',
  maven: () => true,
  npm: () => true,
  freeBytes: () => 3e9,
};
const needs = { ownBroker: true, jarsPresent: false };

describe('start/preflight', () => {
  test('a good machine has no problem', () => {
    expect(preflight(good, needs)).toEqual([]);
  });

  test.each([
    ['old Node.js', { node: '20.18.3' }, /^Node\.js 20\.18\.3 is too old, 20\.19 or newer is needed/],
    ['no npm', { npm: () => false }, /^npm is missing/],
    ['no Java', { java: () => undefined }, /^Java is missing.*apt-get install openjdk-17-jre-headless/],
    ['old Java', { java: () => 'java version "1.8.0_392"' }, /^Java 8 is too old, Kafka needs 17/],
    ['no Maven', { maven: () => false }, /^Maven is missing.*apt-get install maven/],
    ['a full disk', { freeBytes: () => 1.2e9 }, /^Only 1\.2 GB of disk are free here, 3 GB are needed/],
  ])('%s is one sentence that says what to type', (_, difference, sentence) => {
    const problems = preflight({ ...good, ...difference }, needs);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
  });

  test('all problems are said at once', () => {
    expect(preflight({ ...good, node: '18.0.0', java: () => undefined, maven: () => false }, needs)).toHaveLength(3);
  });

  test('with a broker elsewhere neither Java nor Maven is needed, with the jars here no Maven', () => {
    const bare = { ...good, java: () => undefined, maven: () => false };
    expect(preflight(bare, { ownBroker: false, jarsPresent: false })).toEqual([]);
    expect(preflight({ ...good, maven: () => false }, { ownBroker: true, jarsPresent: true })).toEqual([]);
  });

  test('the advice fits the system', () => {
    expect(preflight({ ...good, platform: 'darwin', maven: () => false }, needs)[0]).toContain('brew install maven');
  });

  test.each([
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['something else', undefined],
  ])('%s is Java %s', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });
});

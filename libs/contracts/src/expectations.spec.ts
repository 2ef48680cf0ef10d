import { recordChecks } from './expectation-places';
import { compileBreach, expectationOf, isAboutRecords, isAboutValues, sentenceOf, whyUnusable } from './expectations';
import type { Expectation } from './records/shared';

const rule = (change: Partial<Expectation>): Expectation =>
  expectationOf({ id: 'r1', kind: 'BETWEEN', column: 'delay', owner: 'ops', ...change });
const between = rule({ min: -180, max: 3_000 });
const inSet = rule({ kind: 'IN_SET', column: 'origin', values: ['SFO', '7', 'true'] });
const notNull = rule({ kind: 'NOT_NULL' });

const brokenBy = (expectation: Expectation, value: unknown): string | null =>
  compileBreach(expectation)(value) ? sentenceOf(expectation, value) : null;

describe('contracts/expectations/compileBreach', () => {
  it.each([
    [between, -180],
    [between, 3_000],
    [between, 0],
    [between, null],
    [rule({ min: 0 }), Number.POSITIVE_INFINITY],
    [inSet, 'SFO'],
    [inSet, 7],
    [inSet, true],
    [inSet, null],
    [notNull, 0],
    [notNull, ''],
    [notNull, Number.NaN],
    [rule({ kind: 'TYPE', values: ['integer'] }), 5],
    [rule({ kind: 'TYPE', values: ['time'] }), 988_675_200_000],
    [rule({ kind: 'TYPE', values: ['integer', 'text'] }), 'x'],
    [rule({ kind: 'TYPE', values: ['number'] }), 1.5],
    [rule({ kind: 'TYPE', values: ['other'] }), []],
    [rule({ kind: 'TYPE', values: ['text'] }), null],
    [rule({ kind: 'MATCHES', pattern: '[A-Z]{3}' }), 'SFO'],
    [rule({ kind: 'MATCHES', pattern: 'a|b' }), 'b'],
    [rule({ kind: 'MATCHES', pattern: '[A-Z]{3}' }), null],
    [rule({ kind: 'MATCHES', pattern: 'a' }), 'x'.repeat(257)],
    [rule({ kind: 'MATCHES', pattern: '(a+)+' }), 'b'],
    [rule({ kind: 'UNKNOWN' }), 'anything'],
    [rule({ kind: 'UNIQUE' }), 'anything'],
  ])('holds: %j for %p', (expectation, value) => {
    expect(brokenBy(expectation, value)).toBeNull();
  });

  it.each([
    [between, -1116, 'delay is -1116, below -180 (rule r1 of ops)'],
    [between, 3_000.5, 'delay is 3000.5, above 3000 (rule r1 of ops)'],
    [between, Number.NaN, 'delay is NaN, not a number (rule r1 of ops)'],
    [between, '5', 'delay is "5", not a number (rule r1 of ops)'],
    [rule({ max: 1, owner: '' }), 2, 'delay is 2, above 1 (rule r1)'],
    [inSet, 'sfo', 'origin is "sfo", which is none of the 3 allowed values (rule r1 of ops)'],
    [inSet, ['SFO'], 'origin is no single value, which is none of the 3 allowed values (rule r1 of ops)'],
    [
      rule({ kind: 'TYPE', values: ['integer', 'boolean'] }),
      1.5,
      'delay is 1.5, not integer or boolean (rule r1 of ops)',
    ],
    [rule({ kind: 'TYPE', values: ['text'] }), 7, 'delay is 7, not text (rule r1 of ops)'],
    [
      rule({ kind: 'MATCHES', pattern: '[A-Z]{3}' }),
      'SFOX',
      'delay is "SFOX", which does not match [A-Z]{3} (rule r1 of ops)',
    ],
    [rule({ kind: 'MATCHES', pattern: 'a|b' }), 'ab', 'delay is "ab", which does not match a|b (rule r1 of ops)'],
    [rule({ kind: 'MATCHES', pattern: '7' }), 7, 'delay is 7, which does not match 7 (rule r1 of ops)'],
    [notNull, null, 'delay is missing (rule r1 of ops)'],
    [notNull, undefined, 'delay is missing (rule r1 of ops)'],
  ])('is broken: %j by %p', (expectation, value, sentence) => {
    expect(brokenBy(expectation, value)).toBe(sentence);
  });
});

describe('contracts/expectations/whyUnusable', () => {
  it.each([
    between,
    inSet,
    notNull,
    rule({ min: 1, max: 1 }),
    rule({ kind: 'TYPE', values: ['integer', 'number'] }),
    rule({ kind: 'MATCHES', pattern: '[A-Z]{3}' }),
    rule({ kind: 'UNIQUE' }),
    rule({ kind: 'ROW_COUNT', column: '', min: 1 }),
    rule({ kind: 'MEAN_BETWEEN', min: 0 }),
    rule({ kind: 'MISSING_RATE', max: 0.1, tolerance: 0 }),
    rule({ kind: 'SQL', column: '', sql: 'delay < distance' }),
  ])('takes %j', (expectation) => {
    expect(whyUnusable(expectation)).toBeNull();
  });

  it.each([
    [rule({ id: '' }), 'needs an id'],
    [rule({ column: '' }), 'names no column'],
    [rule({ kind: 'UNKNOWN' }), 'kind'],
    [rule({}), 'min, max or both'],
    [rule({ min: 2, max: 1 }), 'allows nothing'],
    [rule({ min: Number.NaN }), 'no number'],
    [rule({ kind: 'IN_SET', values: [] }), 'allowed values'],
    [rule({ kind: 'IN_SET' }), 'allowed values'],
    [rule({ kind: 'TYPE', values: [] }), 'allowed types'],
    [rule({ kind: 'TYPE', values: ['varchar'] }), 'none of integer'],
    [rule({ kind: 'MATCHES' }), 'needs a pattern'],
    [rule({ kind: 'MATCHES', pattern: 'a'.repeat(501) }), '500'],
    [rule({ kind: 'UNIQUE', column: '' }), 'names no column'],
    [rule({ kind: 'ROW_COUNT', column: '' }), 'min, max or both'],
    [rule({ kind: 'MEAN_BETWEEN', min: 2, max: 1 }), 'allows nothing'],
    [rule({ kind: 'MISSING_RATE', max: 1.5 }), 'from 0 to 1'],
    [rule({ kind: 'MISSING_RATE' }), 'from 0 to 1'],
    [rule({ kind: 'SQL', sql: ' ' }), 'needs a predicate'],
    [rule({ kind: 'SQL', sql: "true; COPY x TO 'y'" }), 'no single predicate'],
    [rule({ min: 1, tolerance: 1 }), 'tolerance'],
    [rule({ min: 1, tolerance: Number.NaN }), 'tolerance'],
  ])('refuses %j', (expectation, why) => {
    expect(whyUnusable(expectation)).toContain(why);
  });
});

it('contracts/expectations/isAboutValues: those that single values can be judged by, and no other', () => {
  expect((['NOT_NULL', 'BETWEEN', 'IN_SET', 'TYPE', 'MATCHES'] as const).every(isAboutValues)).toBe(true);
  expect((['UNKNOWN', 'UNIQUE', 'SQL', 'ROW_COUNT', 'MISSING_RATE'] as const).some(isAboutValues)).toBe(false);
});

describe('contracts/expectations/isAboutRecords', () => {
  it.each([
    between,
    rule({ kind: 'TYPE', values: ['text'], severity: 'WARNING' }),
    rule({ kind: 'IN_SET', values: ['a'], tolerance: 0 }),
    ...['[A-Z]{3}', '\\d{1,4}-?', 'a*b+', '[(+*]x', 'SFO|LAX'].map((pattern) => rule({ kind: 'MATCHES', pattern })),
  ])('takes %j', (expectation) => {
    expect(isAboutRecords(expectation)).toBe(true);
  });

  it.each([
    rule({ min: 0, tolerance: 0.01 }),
    rule({ min: 0, severity: 'UNKNOWN' }),
    rule({ kind: 'UNIQUE' }),
    rule({ kind: 'SQL', sql: 'true' }),
    ...[
      '(a+)+',
      '(a|a)*',
      'a*a*a*',
      'a?a?a?a?a?a?a?',
      '(?i)a',
      '(a)\\1',
      '\\s',
      '[[:alpha:]]',
      '(',
      '\\pL',
      'a{1,9}{2,}',
    ].map((pattern) => rule({ kind: 'MATCHES', pattern })),
  ])('leaves %j to the verdict on the data set', (expectation) => {
    expect(isAboutRecords(expectation)).toBe(false);
    expect(recordChecks([expectation])).toEqual([]);
  });

  it('is done in bounded time whatever text comes', () => {
    const [check] = recordChecks([rule({ kind: 'MATCHES', pattern: '(a|a)(a|a)(a|a)(a|a)a*a*' })]);
    expect(check!.isBroken(`${'a'.repeat(255)}b`)).toBe(true);
  });
});

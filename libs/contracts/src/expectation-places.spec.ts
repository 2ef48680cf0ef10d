import { type FieldView, inNumbers, inputRules, recordChecks, whyMeaningless } from './expectation-places';
import { expectationOf } from './expectations';
import type { Expectation } from './records/shared';
import { signatureInput } from './topics/serving-example';

const rule = (change: Partial<Expectation>): Expectation =>
  expectationOf({ id: 'r', kind: 'NOT_NULL', column: 'x', owner: 'ops', ...change });
const between = (min: number | null, max: number | null) => rule({ kind: 'BETWEEN', min, max });
const inSet = (...values: string[]) => rule({ kind: 'IN_SET', values });
const type = (...values: string[]) => rule({ kind: 'TYPE', values });
const FLOAT = 0.10000000149011612;

describe('contracts > expectation places > inNumbers', () => {
  it.each([
    ['true and false', inSet('true', 'false'), { values: ['true', '1', 'false', '0'] }],
    ['a fraction', inSet('0.1', '7'), { values: ['0.1', String(FLOAT), '7'] }],
    ['what a float holds exactly', inSet('0.5', '1e+21'), { values: ['0.5', '1e+21'] }],
    ['what is no number', inSet('a', '1.0', 'NaN', 'Infinity'), { values: ['a', '1.0', 'NaN', 'Infinity'] }],
    ['what no float comes near to', inSet('1e-50', '1.5e+300'), { values: ['1e-50', '1.5e+300'] }],
    ['whole numbers, beyond 2^24 too', between(16_777_217, 16_777_217), { min: 16_777_217, max: 16_777_217 }],
    ['bounds whose float lies outside', between(0.3, 0.1), { min: 0.3, max: FLOAT }],
    ['an open end', between(null, 0.5), { min: null, max: 0.5 }],
  ])('%s', (_, given, wanted) => {
    expect(inNumbers(given)).toEqual({ ...given, ...wanted });
  });
});

describe('contracts > expectation places > recordChecks', () => {
  const day: FieldView = { kind: 'time', toValue: (days) => (days as number) * 86_400_000 };

  it('judges what is decoded as data sets hold it, and says so', () => {
    const [check] = recordChecks([between(0, 86_400_000)], new Map([['x', day]]));
    expect([0, 1, 2].map((days) => check!.isBroken(days))).toEqual([false, false, true]);
    expect(check!.sentence(2)).toBe('x is 172800000, above 86400000 (rule r of ops)');
    const bit: FieldView = { kind: 'boolean', toValue: Number };
    const [one] = recordChecks([inSet('true')], new Map([['x', bit]]));
    expect([one!.isBroken(true), one!.isBroken(false)]).toEqual([false, true]);
    expect(one!.sentence(false)).toBe('x is false, which is none of the 1 allowed values (rule r of ops)');
  });

  it('judges a type by the field, whatever its values happen to be', () => {
    const broken = (kind: FieldView['kind'], allowed: string, value: unknown) =>
      recordChecks([type(allowed)], new Map([['x', { kind }]]))[0]!.isBroken(value);
    expect([broken('number', 'integer', 5), broken('integer', 'number', 5), broken('integer', 'time', 5)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(broken('number', 'integer', null)).toBe(false);
  });

  it('judges a field that nothing is known of as it was decoded', () => {
    const [check] = recordChecks([inSet('true')]);
    expect([check!.isBroken(true), check!.isBroken(1)]).toEqual([false, true]);
    expect(check!.sentence(1)).toBe('x is 1, which is none of the 1 allowed values (rule r of ops)');
  });
});

describe('contracts > expectation places > inputRules', () => {
  const rulesOf = (input: Parameters<typeof signatureInput>[1], ...rules: Expectation[]) =>
    inputRules(rules, { inputs: [signatureInput('x', input)], outputs: [] });

  it.each([
    ['a set for a number', { type: 'FLOAT' }, inSet('true'), inSet('true', '1')],
    ['a set for a text', { type: 'STRING' }, inSet('true', '0.1'), inSet('true', '0.1')],
    ['a bound for a number', { type: 'FLOAT' }, between(null, 0.1), between(null, FLOAT)],
    ['a bound for a time', { type: 'INT64' }, between(0, 1.7e12), between(0, 1.7e12)],
    ['booleans, which are numbers', { type: 'FLOAT' }, type('boolean', 'text'), inSet('0', '1')],
    ['whole numbers', { type: 'FLOAT' }, type('integer', 'boolean', 'time'), type('integer')],
    ['a type of a time', { type: 'INT64' }, type('time'), type('time')],
    [
      'a dot, which stops at one line end only',
      { type: 'STRING' },
      rule({ kind: 'MATCHES', pattern: 'a.[.]\\..' }),
      rule({ kind: 'MATCHES', pattern: 'a[^\\n][.]\\.[^\\n]' }),
    ],
  ] as const)('%s', (_, input, given, wanted) => {
    expect(rulesOf(input, given)).toEqual([wanted]);
  });

  it('leaves out what is about no input, about lists, about data sets, or about how they hold a column', () => {
    const others = [
      rule({ column: 'y' }),
      rule({ kind: 'UNIQUE' }),
      { ...between(0, 1), tolerance: 0.1 },
      { ...type('integer'), id: 'derived:type:x' },
    ];
    expect(rulesOf({}, ...others)).toEqual([]);
    expect(rulesOf({ width: 2 }, rule({}))).toEqual([]);
  });
});

describe('contracts > expectation places > whyMeaningless', () => {
  it.each([
    [between(0, 1), 'text', 'use IN_SET or MATCHES'],
    [rule({ kind: 'MEAN_BETWEEN', min: 0 }), 'time', 'use BETWEEN or SQL'],
    [rule({ kind: 'DRIFT', max: 0.1 }), 'other', 'x is bytes'],
    [inSet('a'), 'other', 'use NOT_NULL'],
    [rule({ kind: 'MATCHES', pattern: 'a' }), 'integer', 'use BETWEEN or IN_SET'],
    [type('integer', 'time'), 'number', 'allow number'],
  ])('%j has no meaning for a column of kind %s', (given, kind, what) => {
    expect(whyMeaningless(given, kind)).toContain(what);
  });

  it.each([
    [between(0, 1), 'boolean'],
    [between(0, 1), 'time'],
    [inSet('a'), 'boolean'],
    [rule({ kind: 'MATCHES', pattern: 'a' }), 'text'],
    [type('number'), 'integer'],
    [rule({ kind: 'MEAN_BETWEEN', min: 0 }), 'integer'],
    [rule({ kind: 'DRIFT', max: 0.1 }), 'boolean'],
    [rule({ kind: 'UNIQUE' }), 'other'],
    [rule({}), 'other'],
  ])('%j has one for a column of kind %s', (given, kind) => {
    expect(whyMeaningless(given, kind)).toBeNull();
  });
});

import type { Distribution } from '@millrace/contracts';
import { cellsAsked, distributionOf, judgeDistribution } from './distribution';
import { column, expectation, origin } from './domain-fixtures';

const rule = expectation({ id: 'd', kind: 'DRIFT', column: 'distance', max: 0.1 });
const miles: Distribution = { edges: [0, 100, 1_000, 5_000], values: null, counts: [2_000, 6_000, 2_000] };
const airports: Distribution = { edges: null, values: ['SFO', 'JFK'], counts: [600, 300, 100] };
const judge = (reference: Distribution, counts: number[], change = {}) =>
  judgeDistribution({ ...rule, ...change }, reference, 'flights:1', { column: 'distance', counts });

describe('validation > domain > distributionOf', () => {
  const histogram = { edges: [0, 10, 90], counts: [60, 40] };

  it.each([
    ['ranges of a number', column({ histogram }), { ...histogram, values: null }],
    [
      'values of a number that has few: its bins would hide them',
      column({
        histogram: { edges: [0, 1], counts: [100] },
        top: [0, 1].map((value) => ({ value, count: 50 })),
        topComplete: true,
      }),
      { edges: null, values: ['0', '1'], counts: [50, 50, 0] },
    ],
    [
      'the most frequent values of a text, and all others',
      { ...origin(['SFO', 'JFK']), count: 100, distinct: 9, topComplete: false },
      { edges: null, values: ['SFO', 'JFK'], counts: [1, 1, 98] },
    ],
    [
      'what a fact cannot hold among the others',
      { ...origin(['SFO', 'A\0x']), count: 100, distinct: 2 },
      { edges: null, values: ['SFO'], counts: [1, 99] },
    ],
    ['nothing of a text that hardly recurs', { ...origin(['SFO', 'JFK']), count: 100, distinct: 11 }, null],
    ['nothing of a time, which goes on', column({ kind: 'time', histogram }), null],
    ['nothing where there is no value', column({ count: 0, histogram: null }), null],
  ])('keeps %s', (_, given, expected) => {
    expect(distributionOf(given)).toEqual(expected);
  });
});

describe('validation > domain > judgeDistribution', () => {
  it('holds for the same shares, of however many rows', () => {
    expect(judge(miles, [0, 2_000, 6_000, 2_000, 0])).toBeNull();
    expect(judge(miles, [0, 20_000, 60_000, 20_000, 0])).toBeNull();
    expect(judge(miles, [0, 0, 0, 0, 0])).toBeNull();
  });

  it('names attribute, PSI, threshold and the cells that moved most', () => {
    const found = judge(miles, [0, 500, 4_500, 4_500, 500])!;
    expect(found.observed).toBeGreaterThan(0.5);
    expect(found.reason).toBe(
      `The distribution of distance has moved from that of flights:1: PSI ${Number(found.observed.toPrecision(4))}, of which chance explains 0.0006 and 0.1 more is allowed; 1000 to 5000 from 20.0 % to 45.0 %, 0 to 100 from 20.0 % to 5.0 %, 100 to 1000 from 60.0 % to 45.0 %.`,
    );
    const { reason } = judge(airports, [300, 300, 400])!;
    for (const moved of ['SFO from 60.0 % to 30.0 %', 'other values from 10.0 % to 40.0 %'])
      expect(reason).toContain(moved);
  });

  it('is as strict as the rule says', () => {
    const counts = [0, 1_800, 6_400, 1_800, 0];
    expect(judge(miles, counts)).toBeNull();
    expect(judge(miles, counts, { max: 0 })).toMatchObject({ observed: expect.closeTo(0.007, 3) });
  });

  it('does not take chance for drift: 40 rows that differ by what 40 rows differ', () => {
    expect(judge(miles, [0, 12, 21, 7, 0])).toBeNull();
    expect(judge(miles, [0, 0, 0, 40, 0])).toMatchObject({ observed: expect.any(Number) });
  });
});

describe('validation > domain > cellsAsked', () => {
  it('asks for the columns that have a distribution and a rule about it', () => {
    const seen = { kind: 'number', min: 0, max: 1, minMean: 0, maxMean: 1, maxSd: 1, missingRate: 0, values: null };
    const observed = ['distance', 'delay', 'old'].map((name) => ({
      column: name,
      ...seen,
      distribution: name === 'old' ? null : miles,
      distributionOf: name === 'old' ? null : 'flights:1',
    }));
    const expectations = [rule, { ...rule, column: 'old' }, expectation({ column: 'delay' })];
    expect(cellsAsked({ expectations, observed })).toEqual([{ column: 'distance', edges: miles.edges, values: null }]);
  });
});

import { type Direction, drawRows, drawWindow, mixedStream, shifted } from '../fixtures/mixed-stream';
import { seeded } from '../fixtures/seeded';
import { categoryReference, numberReference, type ReferenceProfile } from '../windows/reference-profile';
import { WindowAccumulator } from '../windows/window-accumulator';
import { type DriftOptions, judgeDrift } from './judge-drift';

const ANY_SIZE = { minimumPsi: 0, minimumRise: 0 };
const DIRECTIONS: Direction[] = ['up', 'down', 'spread', 'squeeze', 'one value'];

/** Windows with an alarm, without drift, over 20 references. */
function falseAlarms(windows: number, rows: number, referenceRows: number, options?: DriftOptions): number {
  let alarms = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const uniform = seeded(seed * 7919);
    const stream = mixedStream(referenceRows, uniform);
    for (let n = 0; n < windows / 20; n++) {
      if (judgeDrift(stream.profile, drawWindow(stream, rows, uniform), options).alarm) alarms++;
    }
  }
  return alarms;
}

/** For each run, the first of three windows in which the feature that moved is an alarm; 0 when none is. Ten runs share a reference. */
function foundIn(runs: number, psi: number): number[] {
  return Array.from({ length: runs / 10 }, (_, ten) => {
    const uniform = seeded(1_000_003 * (ten + 1));
    const stream = mixedStream(10_000, uniform);
    return stream.features.map((_feature, at) => {
      const drifted = shifted(stream, at, DIRECTIONS[ten % DIRECTIONS.length], psi);
      const alarms = [1, 2, 3].map(
        () => judgeDrift(stream.profile, drawWindow(drifted, 1_000, uniform)).columns[at].alarm,
      );
      return 1 + alarms.indexOf(true);
    });
  }).flat();
}

describe('evaluation > drift > judgeDrift on simulated streams of ten mixed features', () => {
  it('raises an alarm in at most 10 of 10,000 windows of 1,000 rows without drift', () => {
    expect(falseAlarms(10_000, 1_000, 10_000)).toBeLessThanOrEqual(10);
  });

  it('finds a shift of PSI 0.2 in one feature within three windows in at least 95 % of 200 runs, whatever its direction', () => {
    const found = foundIn(200, 0.2);
    expect(found).toHaveLength(200);
    expect(found.filter((window) => window > 0).length).toBeGreaterThanOrEqual(190);
  });

  // The size of a difference is left out here, so it is the p-values alone that keep the rate.
  it.each([
    ['of 1,000 rows against 10,000', 1_000, 10_000],
    ['of 1,000 rows against as many', 1_000, 1_000],
    ['of 100 rows against 1,000', 100, 1_000],
    ['of 30 rows against 300', 30, 300],
  ])('keeps a false alarm rate of 5 %% in 400 windows %s', (_, rows, referenceRows) => {
    const alarms = falseAlarms(400, rows, referenceRows, { ...ANY_SIZE, falseAlarmRate: 0.05 });
    expect(alarms).toBeLessThanOrEqual(20 + 3 * Math.sqrt(20));
  });

  it('judges counted rows as it judges drawn counts', () => {
    for (const seed of [1, 2, 3]) {
      const stream = mixedStream(10_000, seeded(seed));
      const drifted = shifted(stream, 2, 'up', 0.2);
      const counts = judgeDrift(stream.profile, drawWindow(drifted, 1_000, seeded(seed + 9)));
      const rows = judgeDrift(stream.profile, drawRows(drifted, 1_000, seeded(seed + 9)));
      expect(rows).toEqual(counts);
      expect(rows.columns[2].alarm).toBe(true);
    }
  });
});

const distance = numberReference(
  'distance',
  Array.from({ length: 4_000 }, (_, row) => row),
);
const carrier = categoryReference(
  'carrier',
  Array.from({ length: 4_000 }, (_, row) => [null, 'AA', 'DL', 'UA'][row % 4]),
);
const constant = numberReference('constant', new Array(4_000).fill(7));
const profile: ReferenceProfile = { id: 'p', columns: [distance, carrier, constant] };

/** 400 rows like the reference, changed by `change`. */
function judged(change: (values: Record<string, unknown>, row: number) => Record<string, unknown>, options = {}) {
  const window = new WindowAccumulator(profile);
  for (let row = 0; row < 400; row++) {
    const values = { distance: row * 10, carrier: [null, 'AA', 'DL', 'UA'][row % 4], constant: 7 };
    window.add({ values: { FEATURE: { ...values, ...change(values, row) } }, status: 'PREDICTED' });
  }
  return judgeDrift(profile, window.state(), options);
}
const alarmsOf = ({ columns }: ReturnType<typeof judgeDrift>) =>
  columns.flatMap(({ name, tests }) => tests.filter(({ alarm }) => alarm).map(({ test }) => `${name} ${test}`));

describe('evaluation > drift > judgeDrift', () => {
  it.each<[string, (values: Record<string, unknown>, row: number) => Record<string, unknown>, string[]]>([
    ['nothing', () => ({}), []],
    ['a unit', (v) => ({ distance: Number(v.distance) * 0.6 }), ['distance KOLMOGOROV_SMIRNOV', 'distance CHI_SQUARE']],
    ['missing values', (_, row) => (row % 10 ? {} : { distance: null }), ['distance MISSING']],
    ['NaN', (_, row) => (row % 10 ? {} : { distance: Number.NaN }), ['distance NOT_A_NUMBER']],
    ['a few values below the range', (_, row) => (row % 20 ? {} : { distance: -1 }), ['distance BELOW_RANGE']],
    ['a few values above the range', (_, row) => (row % 20 ? {} : { distance: 5_000 }), ['distance ABOVE_RANGE']],
    ['unseen categories', (_, row) => (row % 20 ? {} : { carrier: 'ZZ' }), ['carrier UNSEEN']],
    ['shares of categories', (v) => (v.carrier === 'UA' ? { carrier: 'AA' } : {}), ['carrier CHI_SQUARE']],
    ['one row out of range', (_, row) => (row === 7 ? { distance: -1 } : {}), []],
    ['missing values that are filled', (v) => ({ carrier: v.carrier ?? 'AA' }), ['carrier CHI_SQUARE']],
    [
      'a constant',
      () => ({ constant: 8 }),
      ['constant KOLMOGOROV_SMIRNOV', 'constant CHI_SQUARE', 'constant ABOVE_RANGE'],
    ],
  ])('tells what has changed: %s', (_, change, alarms) => {
    expect(alarmsOf(judged(change))).toEqual(alarms);
  });

  it('gives every figure of a column', () => {
    const [column] = judged((v) => ({ distance: Number(v.distance) * 0.6 })).columns;
    expect(column).toMatchObject({
      role: 'FEATURE',
      name: 'distance',
      rows: { reference: 4_000, window: 400 },
      psi: expect.closeTo(1.7, 0),
      psiNoise: expect.closeTo(9 * (1 / 4_000 + 1 / 400), 12),
      jensenShannon: expect.closeTo(0.24, 1),
      caution: null,
      alarm: true,
    });
    expect(column.tests.map(({ test }) => test)).toEqual([
      'KOLMOGOROV_SMIRNOV',
      'CHI_SQUARE',
      'MISSING',
      'NOT_A_NUMBER',
      'BELOW_RANGE',
      'ABOVE_RANGE',
    ]);
    expect(column.tests[0]).toMatchObject({ statistic: expect.closeTo(0.4, 1), degrees: null });
    expect(column.tests[1]).toMatchObject({ degrees: 9 });
  });

  it('corrects for all tests of the window together', () => {
    const { columns } = judged(() => ({}));
    const tests = columns.flatMap((column) => column.tests);
    // Distance 6, carrier 3; of the constant nothing but its rare rows.
    expect(tests).toHaveLength(13);
    const smallest = Math.min(...tests.map(({ pValue }) => pValue));
    expect(Math.min(...tests.map(({ adjusted }) => adjusted))).toBe(Math.min(1, 13 * smallest));
  });

  it('leaves a sure but small difference alone', () => {
    const small = (_: Record<string, unknown>, row: number) => (row % 10 === 3 ? { distance: 1 } : {});
    expect(alarmsOf(judged(small, { falseAlarmRate: 0.05, minimumPsi: 0 }))).toEqual(['distance CHI_SQUARE']);
    expect(alarmsOf(judged(small, { falseAlarmRate: 0.05 }))).toEqual([]);
  });

  it('has no figures without rows of a role, and says when the reference is small', () => {
    const empty = judgeDrift(profile, new WindowAccumulator(profile).state());
    expect(empty.columns[0]).toMatchObject({ psi: null, psiNoise: null, jensenShannon: null, tests: [], alarm: false });
    const window = new WindowAccumulator(profile);
    for (let row = 0; row < 401; row++) {
      window.add({ values: { FEATURE: { distance: row * 9, carrier: 'AA', constant: 7 } }, status: 'PREDICTED' });
    }
    expect(judgeDrift(profile, window.state()).columns[0].caution).toBe('REFERENCE_TOO_SMALL');
  });

  it.each([
    ['false alarm rate of 0', { falseAlarmRate: 0 }],
    ['false alarm rate of NaN', { falseAlarmRate: Number.NaN }],
    ['minimum PSI of -1', { minimumPsi: -1 }],
    ['minimum rise of 2', { minimumRise: 2 }],
  ])('refuses a %s', (fault, options) => {
    expect(() => judged(() => ({}), options)).toThrow(fault);
  });
});

import fc from 'fast-check';
import { seeded, shuffled } from '../fixtures/seeded';
import { momentsOf, type NumberWindowState } from './number-window';
import { binOf, categoryReference, checkProfile, type NumberReference, numberReference } from './reference-profile';
import { WindowAccumulator, type WindowRow } from './window-accumulator';

const distance = numberReference('distance', [1, 2, 3, 4, 5, 6, 7, 8, null, Number.NaN], { bins: 4 });
const carrier = categoryReference('carrier', ['AA', 'AA', 'DL', null]);
const score = numberReference('score', [0, 0.25, 0.5, 1], { role: 'PREDICTION', bins: 2 });
const profile = { id: 'p1', columns: [distance, carrier, score] };

const windowOf = (rows: readonly WindowRow[]) => {
  const window = new WindowAccumulator(profile);
  for (const row of rows) window.add(row);
  return window;
};
const row = (values: WindowRow['values'], more: Partial<WindowRow> = {}): WindowRow => ({
  values,
  status: 'PREDICTED',
  ...more,
});

const anyNumber = fc.oneof(
  fc.double({ min: -3, max: 12, noNaN: true }),
  fc.constantFrom(null, undefined, Number.NaN, Infinity, -Infinity, 1e200, 'text', true, 3n, 8, 1),
);
const anyRow: fc.Arbitrary<WindowRow> = fc.record(
  {
    values: fc.record({
      FEATURE: fc.record({
        distance: anyNumber,
        carrier: fc.constantFrom('AA', 'DL', 'XX', 'YY', 'Z1', 'Z2', 'Z3', null, 7),
      }),
      PREDICTION: fc.option(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }) }), { nil: undefined }),
    }),
    status: fc.constantFrom('PREDICTED', 'REJECTED', 'SOMETHING'),
    latencyMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
    modelAgeMs: fc.nat(),
  },
  { requiredKeys: ['values', 'status'] },
);

describe('evaluation > windows > WindowAccumulator', () => {
  it('counts each value in exactly one place', () => {
    const window = windowOf([
      row(
        { FEATURE: { distance: 1, carrier: 'AA' }, PREDICTION: { score: 0.3 } },
        { latencyMs: 12, laneMs: 3, modelAgeMs: 5000 },
      ),
      row({ FEATURE: { distance: 8, carrier: 'ZZ' } }, { status: 'REJECTED' }),
      row({ FEATURE: { distance: 0.5, carrier: null } }, { status: 'NEW' }),
      row({ FEATURE: { distance: 9 } }),
      row({ FEATURE: { distance: Number.NaN } }),
      row({ FEATURE: { distance: 'far' } }),
      row({ FEATURE: {} }),
    ]);
    expect(window.state()).toMatchObject({
      profile: 'p1',
      rows: 7,
      columns: [
        { counts: [1, 0, 0, 1], below: 1, above: 1, missing: 1, notANumber: 2, summed: 4, minimum: 0.5, maximum: 9 },
        { counts: [1, 0], unseen: 1, missing: 5, unseenExamples: ['ZZ'] },
        { counts: [1, 0], below: 0, above: 0, missing: 0 },
      ],
      statuses: { PREDICTED: 5, REJECTED: 1, UNKNOWN: 1, FAILED: 0 },
      latencyMs: { count: 1, minimum: 12 },
      laneMs: { count: 1, minimum: 3 },
      modelAgeMs: { count: 1, maximum: 5000 },
    });
  });

  it('has one state for the same rows in any order and any tree of merges', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyRow, { maxLength: 8 }), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (parts, seed) => {
          const uniform = seeded(seed);
          const whole = JSON.stringify(windowOf(shuffled(parts.flat(), uniform)).state());
          let windows = parts.map(windowOf);
          while (windows.length > 1) {
            const [a, b, ...rest] = shuffled(windows, uniform);
            a.merge(JSON.parse(JSON.stringify(b.state())));
            windows = [...rest, a];
          }
          expect(JSON.stringify(windows[0].state())).toBe(whole);
        },
      ),
      { seed: 5, numRuns: 400 },
    );
  });

  it('counts every row of a role once', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
        const { columns } = windowOf(rows).state();
        const [number, category] = columns as [
          NumberWindowState,
          { counts: number[]; unseen: number; missing: number },
        ];
        const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
        expect(sum([...number.counts, number.below, number.above, number.missing, number.notANumber])).toBe(
          rows.length,
        );
        expect(sum([...category.counts, category.unseen, category.missing])).toBe(rows.length);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('gives mean and variance of the numbers, far from zero too', () => {
    const far: NumberReference = { ...distance, edges: [1e9, 2e9], counts: [1] };
    const window = new WindowAccumulator({ id: 'far', columns: [far] });
    for (const value of [1e9 + 1, 1e9 + 2, 1e9 + 4]) window.add(row({ FEATURE: { distance: value } }));
    const { mean, variance } = momentsOf(far, window.state().columns[0] as NumberWindowState);
    expect(mean).toBeCloseTo(1e9 + 7 / 3, 6);
    expect(variance).toBeCloseTo(7 / 3, 12);
  });

  it('refuses a state of another profile', () => {
    const other = new WindowAccumulator({ id: 'p2', columns: [distance] });
    expect(() => windowOf([]).merge(other.state())).toThrow(
      expect.objectContaining({ code: 'EVALUATION_STATE_MISMATCH' }),
    );
  });
});

describe('evaluation > windows > reference profile', () => {
  it('cuts bins of equal mass', () => {
    expect(distance).toMatchObject({ edges: [1, 3, 5, 7, 8], counts: [2, 2, 2, 2], missing: 1, notANumber: 1 });
  });
  it('keeps one bin for a constant and for nothing', () => {
    expect(numberReference('c', [7, 7, 7])).toMatchObject({ edges: [7, 7], counts: [3] });
    expect(numberReference('c', [null])).toMatchObject({ edges: [0, 0], counts: [0], missing: 1 });
    expect([6, 7, 8].map((value) => binOf([7, 7], value))).toEqual([-1, 0, 1]);
  });
  it('lists the most frequent categories', () => {
    expect(categoryReference('c', ['b', 'a', 'b', 'c', null], { limit: 2 })).toMatchObject({
      categories: ['b', 'a'],
      counts: [2, 1],
      unseen: 1,
      missing: 1,
    });
  });
  it('finds the bin that a scan finds', () => {
    const edges = fc
      .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 12 })
      .map((e) => e.sort((a, b) => a - b));
    fc.assert(
      fc.property(edges, fc.integer({ min: -22, max: 22 }), (sorted, value) => {
        const last = sorted.length - 1;
        const scan = value === sorted[last] ? last - 1 : sorted.findLastIndex((edge) => edge <= value);
        expect(binOf(sorted, value)).toBe(scan);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
  it.each([
    ['edges that do not rise', { ...distance, edges: [1, 3, 3, 7, 8] }],
    ['an edge that is no number', { ...distance, edges: [1, 3, 5, 7, Infinity] }],
    ['for 4 cells', { ...distance, counts: [1] }],
    ['the count -1', { ...distance, counts: [1, 2, 3, -1] }],
    ['a category twice', { ...carrier, categories: ['AA', 'AA'] }],
  ])('refuses a column with %s', (fault, column) => {
    expect(() => checkProfile({ id: 'x', columns: [column] })).toThrow(fault);
  });
  it('refuses a column that stands twice', () => {
    expect(() => checkProfile({ id: 'x', columns: [carrier, carrier] })).toThrow('stands twice');
  });
});

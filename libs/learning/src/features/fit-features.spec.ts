import { Random } from '../random';
import type { CategoricalColumn, Column, Table } from '../table/table';
import { applyFeatures } from './apply-features';
import { findExtrapolation } from './extrapolation';
import type { FeatureStep } from './feature-step';
import { fitFeatures } from './fit-features';
import { fitOneHot } from './fit-one-hot';
import { fitStandardised } from './fit-standardised';
import { fitTargetEncoding } from './fit-target-encoding';

const strings = (...values: (string | null)[]): CategoricalColumn => {
  const categories = [...new Set(values.filter((value) => value !== null))];
  return {
    kind: 'CATEGORY',
    codes: Int32Array.from(values, (value) => (value === null ? -1 : categories.indexOf(value))),
    categories,
  };
};

describe('learning > features > standardised', () => {
  it('learns mean and deviation of what is present', () => {
    const { mean, scale } = fitStandardised({ kind: 'NUMBER', values: Float64Array.of(2, Number.NaN, 4, 6) });
    expect(mean).toBe(4);
    expect(scale).toBeCloseTo(1 / Math.sqrt(8 / 3), 6);
    expect(Math.fround(scale)).toBe(scale);
  });
  it.each([
    ['a constant column', [5, 5]],
    ['an empty column', [Number.NaN, Number.NaN]],
  ])('lets %s weigh nothing', (_, values) => {
    expect(fitStandardised({ kind: 'NUMBER', values: Float64Array.from(values) }).scale).toBe(0);
  });
});

describe('learning > features > one-hot', () => {
  it('keeps the most frequent categories, equal counts by code unit', () => {
    expect(fitOneHot(strings('b', 'c', 'a', 'b', null, 'c', 'd'), 3)).toEqual(['b', 'c', '']);
  });
  it('does not depend on how the dictionary was made', () => {
    const a = { kind: 'CATEGORY' as const, codes: Int32Array.of(0, 1, 2, 0), categories: ['x', 'y', 'x'] };
    const b = { kind: 'CATEGORY' as const, codes: Int32Array.of(1, 0, 1, 1), categories: ['y', 'x'] };
    expect(fitOneHot(a, 9)).toEqual(fitOneHot(b, 9));
  });
});

describe('learning > features > target encoding', () => {
  const column = strings('a', 'a', 'b', null, 'a', 'b');
  const labels = [1, 0, 1, 1, 1, 0];
  it('gives (sum + m prior) / (count + m), missing as the empty string', () => {
    const encoding = fitTargetEncoding(column, labels, 2, 2, new Random(1));
    const prior = 4 / 6;
    const expected = [(1 + 2 * prior) / 3, (2 + 2 * prior) / 5, (1 + 2 * prior) / 4];
    expect(encoding.categories).toEqual(['', 'a', 'b']);
    for (const [i, value] of encoding.values.entries()) expect(value).toBeCloseTo(expected[i], 6);
    expect(encoding.unseen).toBe(Math.fround(prior));
  });
  it('never lets a training row see its own label', () => {
    const other = labels.slice();
    for (let row = 0; row < labels.length; row++) {
      const flipped = other.map((label, i) => (i === row ? 1 - label : label));
      const before = fitTargetEncoding(column, labels, 2, 3, new Random(5)).outOfFold[row];
      const after = fitTargetEncoding(column, flipped, 2, 3, new Random(5)).outOfFold[row];
      expect(after).toBe(before);
    }
  });
  it('equals the encoding from the other folds computed one by one', () => {
    const random = new Random(8);
    const foldOf = labels.map(() => random.below(3));
    const { outOfFold } = fitTargetEncoding(column, labels, 1, 3, new Random(8));
    const text = ['a', 'a', 'b', '', 'a', 'b'];
    labels.forEach((_, row) => {
      const others = labels
        .map((label, i) => ({ label, text: text[i], fold: foldOf[i] }))
        .filter((r) => r.fold !== foldOf[row]);
      const prior = others.reduce((sum, r) => sum + r.label, 0) / others.length;
      const same = others.filter((r) => r.text === text[row]);
      const expected = (same.reduce((sum, r) => sum + r.label, 0) + prior) / (same.length + 1);
      expect(outOfFold[row]).toBeCloseTo(expected, 6);
    });
  });
});

describe('learning > features > fitFeatures, applyFeatures', () => {
  const table: Table = {
    rows: 4,
    columns: new Map<string, Column>([
      ['x', { kind: 'NUMBER', values: Float64Array.of(0, 10, Number.NaN, 20) }],
      ['c', strings('p', 'q', 'p', 'p')],
      ['t', { kind: 'TIME', values: Float64Array.of(0, 3_600_000, 86_400_000, 90_060_000) }],
    ]),
  };
  const steps: FeatureStep[] = [
    { kind: 'number', input: 'x' },
    { kind: 'standardised', input: 'x' },
    { kind: 'one-hot', input: 'c', maxCategories: 1 },
    { kind: 'target-encoding', input: 'c', smoothing: 1, folds: 2 },
    { kind: 'calendar', input: 't', part: 'minute-of-day', as: 'number' },
    { kind: 'calendar', input: 't', part: 'day-of-week', as: 'one-hot' },
  ];
  const labels = [0, 1, 0, 1];
  it('makes one column per step', () => {
    const fitted = fitFeatures(steps, table, labels, 1);
    const matrix = applyFeatures(fitted.steps, table);
    const [number, standardised, encoded, minute] = matrix.dense;
    const [oneHot, weekday] = matrix.indexed;
    expect(number.values).toEqual(Float32Array.of(0, 10, Number.NaN, 20));
    expect(standardised.values[2]).toBe(0);
    expect(encoded.values[1]).toBeCloseTo((1 + 0.5) / 2, 6);
    expect(minute).toEqual({ name: 't.minute-of-day', values: Float32Array.of(0, 60, 0, 61) });
    expect(oneHot).toEqual({ name: 'c', size: 2, indices: Int32Array.of(0, 1, 0, 0) });
    expect(weekday).toEqual({ name: 't.day-of-week', size: 7, indices: Int32Array.of(4, 4, 5, 5) });
  });
  it('sends unseen categories to the rest and to the overall mean', () => {
    const fitted = fitFeatures(steps, table, labels, 1);
    const fresh: Table = { ...table, columns: new Map([...table.columns, ['c', strings('new', null, 'p', 'q')]]) };
    const matrix = applyFeatures(fitted.steps, fresh);
    expect(matrix.indexed[0].indices).toEqual(Int32Array.of(1, 1, 0, 1));
    expect(matrix.dense[2].values.subarray(0, 2)).toEqual(Float32Array.of(0.5, 0.5));
  });
  it('ends texts at U+0000, in fitting and after it: the graph knows no more of them', () => {
    const origin = strings('p', 'p\0', 'p\0q', '\0', null);
    const { steps: fitted } = fitFeatures(
      [{ kind: 'one-hot', input: 'c', maxCategories: 9 }],
      { rows: 5, columns: new Map([['c', origin]]) },
      [0, 1, 0, 1, 0],
      1,
    );
    expect(fitted).toMatchObject([{ categories: ['p', ''] }]);
    const fresh: Table = { rows: 4, columns: new Map([['c', strings('p\0r', '\0p', 'q\0', null)]]) };
    expect(applyFeatures(fitted, fresh).indexed[0].indices).toEqual(Int32Array.of(0, 1, 2, 1));
  });
  it('flags features that the hold-out set takes out of the training range', () => {
    const { steps: fitted } = fitFeatures(
      [
        { kind: 'calendar', input: 't', part: 'month', as: 'number' },
        { kind: 'calendar', input: 't', part: 'hour-of-day', as: 'number' },
        { kind: 'calendar', input: 't', part: 'day-of-year', as: 'one-hot' },
      ],
      table,
      labels,
      1,
    );
    const later = 40 * 86_400_000;
    const holdOut: Table = {
      ...table,
      columns: new Map([['t', { kind: 'TIME', values: Float64Array.of(later, later, 0, 0) }]]),
    };
    expect(findExtrapolation(applyFeatures(fitted, table), applyFeatures(fitted, holdOut))).toEqual([
      { feature: 't.month', share: 0.5 },
      { feature: 't.day-of-year', share: 0.5 },
    ]);
  });
});

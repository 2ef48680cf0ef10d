import fc from 'fast-check';
import { poolCells, totalOf } from './cells';
import { chiSquare } from './chi-square';
import { fisherRise } from './fisher-exact';
import { holm } from './holm';
import { jensenShannon } from './jensen-shannon';
import { kolmogorovSmirnov, smirnovTail } from './kolmogorov-smirnov';
import { populationStability } from './population-stability';

const REFERENCE = [120, 340, 90, 450];
const WINDOW = [20, 25, 15, 40];
const counts = fc.array(fc.tuple(fc.nat(400), fc.nat(60)), { minLength: 1, maxLength: 12 });

/** SciPy 1.17 gave the expected values. */
describe('evaluation > drift > statistics equal those of SciPy', () => {
  it('chi-square (chi2_contingency)', () => {
    const { statistic, degrees, pValue } = chiSquare(REFERENCE, WINDOW);
    expect([statistic, degrees]).toEqual([expect.closeTo(10.729382163824434, 10), 3]);
    expect(pValue).toBeCloseTo(0.01328293415995628, 12);
  });
  it('Jensen-Shannon (the square of distance.jensenshannon, base 2)', () => {
    expect(jensenShannon(REFERENCE, WINDOW)).toBeCloseTo(0.018790904146790872, 14);
    expect(jensenShannon([1, 0], [0, 1])).toBe(1);
  });
  it.each([
    [0.3, 0.9999906941986655],
    [0.5, 0.9639452436648751],
    [1, 0.26999967167735456],
    [2.5, 7.453306344157342e-6],
  ])('Kolmogorov (kstwobign.sf at %d)', (x, tail) => {
    expect(smirnovTail(x) / tail).toBeCloseTo(1, 9);
  });
  it.each([
    [0, 10_000, 6, 1_000, 5.568135747173247e-7],
    [50, 10_000, 12, 1_000, 0.009069704325580456],
    [50, 10_000, 5, 1_000, 0.5683297166543682],
    [50, 10_000, 2, 1_000, 0.9566905371098815],
    [30_000, 100_000, 3_300, 10_000, 3.398358019103906e-10],
    [3, 10, 4, 5, 0.10023310023310024],
    [300_000, 1_000_000, 30_500, 100_000, 0.0005173774400763405],
    [0, 10, 0, 5, 1],
  ])('Fisher (hypergeom.sf: %d of %d, then %d of %d)', (before, m, hits, n, tail) => {
    expect(fisherRise(before, m, hits, n) / tail).toBeCloseTo(1, 6);
  });
});

describe('evaluation > drift > statistics', () => {
  it('the largest distance is that of the cumulative shares', () => {
    expect(kolmogorovSmirnov([1, 1, 2], [2, 2, 0]).statistic).toBe(0.5);
  });
  it('population stability equals a value computed by hand', () => {
    const byHand = (0.25 - 0.5) * Math.log(0.25 / 0.5) + (0.75 - 0.5) * Math.log(0.75 / 0.5);
    expect(populationStability([500_000, 500_000], [250_000, 750_000])).toBeCloseTo(byHand, 5);
  });
  it('population stability stays finite for an empty cell', () => {
    expect(populationStability([50, 50], [100, 0])).toBeCloseTo(2.61, 1);
  });
  it('none sees a difference between equal shares, and all are undefined or silent without rows', () => {
    expect([jensenShannon([3, 1], [6, 2]), kolmogorovSmirnov([3, 1], [6, 2]).statistic]).toEqual([0, 0]);
    expect(chiSquare([3, 1], [6, 2]).pValue).toBe(1);
    expect([jensenShannon([0], [1]), populationStability([1], [0]), kolmogorovSmirnov([0], [1]).pValue]).toEqual(
      new Array(3).fill(Number.NaN),
    );
    expect(chiSquare([0, 0], [1, 3]).pValue).toBe(1);
  });

  it('Fisher sums what the definition says', () => {
    const choose = (n: number, k: number) => {
      let product = 1;
      for (let i = 1; i <= k; i++) product = (product * (n - k + i)) / i;
      return product;
    };
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), fc.nat(12), fc.nat(12), (before, without, hits, rest) => {
        const [m, n, all] = [before + without, hits + rest, before + hits];
        let sum = 0;
        for (let x = Math.max(hits, all - m); x <= Math.min(n, all); x++) {
          sum += (choose(n, x) * choose(m, all - x)) / choose(m + n, all);
        }
        expect(fisherRise(before, m, hits, n)).toBeCloseTo(Math.min(1, sum), 10);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it('pooled cells keep every row, and each expects five rows in both samples unless there is but one', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom('NUMBER' as const, 'CATEGORY' as const), (pairs, order) => {
        const [reference, window] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const pooled = poolCells(reference, window, order);
        const [m, n] = [totalOf(reference), totalOf(window)];
        expect([totalOf(pooled.reference), totalOf(pooled.window)]).toEqual([m, n]);
        if (pooled.reference.length === 1 || m === 0 || n === 0) return;
        pooled.reference.forEach((count, cell) => {
          const expected = ((count + pooled.window[cell]) * Math.min(m, n)) / (m + n);
          expect(expected).toBeGreaterThanOrEqual(5 - 1e-9);
        });
      }),
      { seed: 2, numRuns: 500 },
    );
  });
  it('pools neighbours of a number, and the rarest categories', () => {
    const [reference, window] = [
      [40, 3, 100, 2, 100],
      [40, 3, 100, 2, 100],
    ];
    expect(poolCells(reference, window, 'NUMBER').reference).toEqual([40, 103, 102]);
    expect(poolCells(reference, window, 'CATEGORY').reference).toEqual([100, 100, 40, 3 + 2]);
  });

  it('Holm multiplies the smallest by their number and never goes down', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

import fc from 'fast-check';
import { auc } from '../auc';
import { evaluateClassification, evaluateRegression } from '../evaluate';
import { normal, seeded, shuffled } from '../fixtures/seeded';
import { ClassificationQuality } from './classification-quality';
import { wilson } from './estimate';
import { RegressionQuality } from './regression-quality';
import { SCORE_BINS, scoreBin } from './score-bin';
import { SCORES_MOST } from './score-counts';

type Row = readonly [label: unknown, prediction: unknown];
const qualityOf = (rows: readonly Row[]) => {
  const quality = new ClassificationQuality();
  for (const [label, probability] of rows) quality.add(label, probability);
  return quality;
};
const regressionOf = (rows: readonly Row[]) => {
  const quality = new RegressionQuality();
  for (const [label, prediction] of rows) quality.add(label, prediction);
  return quality;
};
const valuesOf = (estimates: Readonly<Record<string, { value: number }>>) =>
  Object.fromEntries(Object.entries(estimates).map(([name, { value }]) => [name, value]));

/** A model that is wrong in a known way: says `score`, and the label is 1 with probability `truth`. Scores are equally frequent. */
const WORLD = Array.from({ length: 20 }, (_, i) => {
  const score = (i + 0.5) / 20;
  return { score, truth: 0.1 + 0.6 * score * score };
});

/** What the figures of that model would be on all rows there could be. */
function trueFigures(): Record<string, number> {
  const mean = (of: (cell: (typeof WORLD)[number]) => number) => WORLD.reduce((sum, cell) => sum + of(cell), 0) / 20;
  const rate = mean(({ truth }) => truth);
  const called = WORLD.filter(({ score }) => score >= 0.5);
  const hits = called.reduce((sum, { truth }) => sum + truth, 0) / 20;
  const precision = hits / (called.length / 20);
  const recall = hits / rate;
  let pairs = 0;
  for (const a of WORLD)
    for (const b of WORLD) pairs += a.truth * (1 - b.truth) * (a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0);
  const bins = Array.from({ length: 10 }, (_, bin) => WORLD.slice(2 * bin, 2 * bin + 2));
  return {
    positiveRate: rate,
    meanProbability: mean(({ score }) => score),
    auc: pairs / 400 / (rate * (1 - rate)),
    logLoss: mean(({ score, truth }) => -truth * Math.log(score) - (1 - truth) * Math.log(1 - score)),
    brier: mean(({ score, truth }) => truth * (1 - score) ** 2 + (1 - truth) * score ** 2),
    calibrationError: bins.reduce((sum, [a, b]) => sum + Math.abs(a.score + b.score - a.truth - b.truth), 0) / 20,
    accuracy: mean(({ score, truth }) => (score >= 0.5 ? truth : 1 - truth)),
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall),
  };
}

function drawRows(count: number, uniform: () => number): Row[] {
  return Array.from({ length: count }, () => {
    const { score, truth } = WORLD[Math.floor(uniform() * 20)];
    return [uniform() < truth ? 1 : 0, score];
  });
}

/** Of `draws` windows, the share whose interval holds the true figure. */
function coverage(draws: number, rows: number): Record<string, number> {
  const truth = trueFigures();
  const uniform = seeded(42);
  const held: Record<string, number> = {};
  for (let draw = 0; draw < draws; draw++) {
    const { estimates } = qualityOf(drawRows(rows, uniform)).figures();
    for (const [name, { low, high }] of Object.entries(estimates)) {
      held[name] = (held[name] ?? 0) + (low <= truth[name] && truth[name] <= high ? 1 / draws : 0);
    }
  }
  return held;
}

describe('evaluation > quality > intervals of 95 % on simulated windows', () => {
  // 1,000 draws of a share of 0.95 stray by 0.007.
  it.each([100, 400])('hold the true figure in 93 to 97 %% of 1,000 windows of %d rows', (rows) => {
    const { calibrationError, ...others } = coverage(1_000, rows);
    const names = Object.keys(others);
    expect(names).toHaveLength(9);
    expect(names.filter((name) => others[name] < 0.93 || others[name] > 0.97)).toEqual([]);
    // Wide on purpose.
    expect(calibrationError).toBeGreaterThan(0.95);
  });

  it('hold for regressions with normal errors of mean 1', () => {
    const uniform = seeded(43);
    const truth: Record<string, number> = { meanError: 1, rmse: Math.SQRT2, mae: 1.16663 };
    const held: Record<string, number> = { meanError: 0, rmse: 0, mae: 0 };
    for (let draw = 0; draw < 1_000; draw++) {
      const rows = Array.from({ length: 80 }, (_, row): Row => [row, row + 1 + normal(uniform)]);
      const { estimates } = regressionOf(rows).figures();
      for (const name of Object.keys(truth)) {
        const { low, high } = estimates[name];
        if (low <= truth[name] && truth[name] <= high) held[name] += 1 / 1_000;
      }
    }
    for (const share of Object.values(held)) {
      expect(share).toBeGreaterThan(0.93);
      expect(share).toBeLessThan(0.97);
    }
  });

  it('Wilson has the interval of the textbook', () => {
    // SciPy 1.17: binomtest(10, 40).proportion_ci(method="wilson")
    expect(wilson(10, 40, 1.959963984540054)).toEqual({
      value: 0.25,
      low: expect.closeTo(0.14187118639096302, 12),
      high: expect.closeTo(0.40193961420768026, 12),
    });
    expect(wilson(0, 5, 1.96)).toMatchObject({ value: 0, low: 0 });
  });

  it('are no certainty for a perfect order', () => {
    const { auc: perfect } = qualityOf(
      Array.from({ length: 60 }, (_, row) => [row < 20 ? 1 : 0, row < 20 ? 0.9 : 0.1]),
    ).figures().estimates;
    expect(perfect).toMatchObject({ value: 1, high: 1, low: expect.closeTo(0.839, 3) });
  });
});

const label = fc.constantFrom<unknown>(0, 1, true, false, 1, 0, 7, null, 'late');
const probability = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom<unknown>(0, 1, 0.5, -0, 1.5, Number.NaN, null, '0.5', 1e-300, 1 - 2 ** -53),
);
const row = fc.tuple(label, probability) as fc.Arbitrary<Row>;

describe('evaluation > quality', () => {
  it('equals the exact functions on the same rows', () => {
    const uniform = seeded(3);
    for (const count of [1, 40, 1_500]) {
      const rows = drawRows(count, uniform).map(
        ([truth, score]): Row => [truth, Math.min(1, Math.max(0, Number(score) + 0.05 * normal(uniform)))],
      );
      const { estimates, aucError } = qualityOf(rows).figures();
      const exact = evaluateClassification(
        rows.map(([truth]) => Number(truth)),
        rows.map(([, score]) => Number(score)),
      );
      expect(aucError).toBe(0);
      for (const [name, { value, low, high }] of Object.entries(estimates)) {
        expect(value).toBeCloseTo(exact[name], 10);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
      if (count > 1)
        expect(Object.keys(estimates).sort()).toEqual(
          Object.keys(exact)
            .filter((name) => name !== 'rows')
            .sort(),
        );
    }
    const errors = Array.from({ length: 500 }, (): Row => [normal(uniform), 3 * normal(uniform)]);
    const { mae, rmse } = regressionOf(errors).figures().estimates;
    const exact = evaluateRegression(
      errors.map(([truth]) => Number(truth)),
      errors.map(([, said]) => Number(said)),
    );
    expect([mae.value, rmse.value]).toEqual([expect.closeTo(exact.mae, 12), expect.closeTo(exact.rmse, 12)]);
  });

  it('keeps AUC within the stated error once there are too many scores to tell apart', () => {
    const uniform = seeded(4);
    for (const scale of [1, 0.01, 1e-4]) {
      const rows = Array.from({ length: 20_000 }, (): Row => {
        const score = scale * uniform() ** 2;
        return [uniform() < 0.05 + (0.5 * score) / scale ? 1 : 0, score];
      });
      const quality = qualityOf(rows);
      const { estimates, aucError } = quality.figures();
      const exact = auc(
        rows.map(([truth]) => Number(truth)),
        rows.map(([, score]) => Number(score)),
      );
      expect(Math.abs(estimates.auc.value - exact)).toBeLessThanOrEqual(aucError);
      expect(aucError).toBeLessThan(0.02);
      expect(quality.state().scores).toMatchObject({ kind: 'BINNED' });
      expect(quality.state().scores.scores.length).toBeLessThanOrEqual(SCORE_BINS);
    }
  });

  it('bins rise with the probability', () => {
    const edges = [0, 1e-300, 1e-6, 2 ** -16, 0.001, 0.25, 0.4999, 0.5, 0.5001, 0.75, 0.999, 1 - 2 ** -53, 1];
    const bins = edges.map(scoreBin);
    expect(bins).toEqual([...bins].sort((a, b) => a - b));
    expect([bins[0], bins[bins.length - 1]]).toEqual([0, SCORE_BINS - 1]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        expect(Math.sign(scoreBin(a) - scoreBin(b)) * Math.sign(a - b)).not.toBe(-1);
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });

  it('has one state for the same rows in any order and any tree of merges', () => {
    const uniform = seeded(6);
    const many = Array.from({ length: SCORES_MOST + 30 }, (): Row => [uniform() < 0.3, uniform()]);
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.nat(),
        (parts, full, seed) => {
          const random = seeded(seed);
          // With the many there are too many scores in the whole, and in no part.
          const all = full ? [...parts, many.slice(0, 1_100), many.slice(1_100)] : parts;
          const whole = JSON.stringify(qualityOf(shuffled(all.flat(), random)).state());
          let merged = all.map(qualityOf);
          while (merged.length > 1) {
            const [a, b, ...rest] = shuffled(merged, random);
            a.merge(JSON.parse(JSON.stringify(b.state())));
            merged = [...rest, a];
          }
          expect(JSON.stringify(merged[0].state())).toBe(whole);
          expect(JSON.stringify(ClassificationQuality.fromState(JSON.parse(whole)).state())).toBe(whole);
        },
      ),
      { seed: 7, numRuns: 60 },
    );
    const errors = Array.from({ length: 50 }, (): Row => [normal(uniform), normal(uniform)]);
    const left = regressionOf(errors.slice(20));
    left.merge(regressionOf(errors.slice(0, 20)).state());
    expect(JSON.stringify(left.state())).toBe(JSON.stringify(regressionOf(errors).state()));
    expect(RegressionQuality.fromState(left.state()).figures()).toEqual(left.figures());
  });

  it('counts what it cannot use, and leaves out what is undefined', () => {
    const odd: Row[] = [
      [7, 0.5],
      [null, 0.5],
      [1, 1.5],
      [0, Number.NaN],
      [1, '0.5'],
    ];
    expect(qualityOf(odd).figures()).toMatchObject({ rows: 0, unusable: 5, estimates: {} });
    expect(regressionOf([...odd, [1e200, 0]]).figures()).toMatchObject({ rows: 2, unusable: 4 });
    expect(
      Object.keys(
        qualityOf([
          [0, 0.1],
          [0, 0.2],
        ]).figures().estimates,
      ),
    ).toEqual(expect.not.arrayContaining(['auc', 'precision', 'recall']));
    expect(
      valuesOf(
        regressionOf([
          [3, 3],
          [4, 4],
        ]).figures().estimates,
      ),
    ).toEqual({ meanError: 0, mae: 0, rmse: 0 });
  });

  it.each([
    ['a threshold of 2', () => new ClassificationQuality(2), 'EVALUATION_SETTING_INVALID'],
    ['a confidence of 1', () => qualityOf([]).figures(1), 'EVALUATION_SETTING_INVALID'],
    [
      'another threshold',
      () => qualityOf([]).merge(new ClassificationQuality(0.3).state()),
      'EVALUATION_STATE_MISMATCH',
    ],
    ['another kind', () => regressionOf([]).merge(qualityOf([]).state() as never), 'EVALUATION_STATE_MISMATCH'],
  ])('refuses %s', (_, act, code) => {
    expect(act).toThrow(expect.objectContaining({ code }));
  });
});

import fc from 'fast-check';
import { Random } from '../../random';
import type { TreesModel } from '../model';
import { readParameters } from '../parameters';
import { predictValue } from '../predict';
import { binMatrix, binOf, findBins, MISSING_BIN } from './bins';
import { findSplit } from './find-split';
import { gradientBoostedTrees } from './gradient-boosted-trees';
import { TreeGrower } from './grow-tree';
import { addRows, FEATURE_STRIDE } from './histogram';

const column = (...values: number[]) => ({ name: 'x', values: Float32Array.from(values) });

describe('learning > trees > findBins', () => {
  it('gives each distinct value a bin while they fit', () => {
    const { upper, hasMissing } = findBins(column(3, 1, 2, 1, Number.NaN), 255);
    expect([Array.from(upper), hasMissing]).toEqual([[1.5, 2.5], true]);
  });
  it('cuts many values into bins of about equal count', () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => i);
    const { upper } = findBins({ name: 'x', values }, 10);
    const counts = new Float64Array(10);
    for (const value of values) counts[binOf(upper, value)]++;
    expect(Array.from(counts)).toEqual(Array(10).fill(1000));
  });
  it('lets a frequent value fill a bin of its own and still uses the others', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i));
    const { upper } = findBins({ name: 'x', values }, 5);
    expect(upper).toHaveLength(4);
    expect(upper[0]).toBeLessThan(900);
  });
  it('separates values in the same way as their thresholds, whatever they are', () => {
    const values = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 255 }), (list, maxBins) => {
        const { upper } = findBins(column(...list), maxBins);
        expect(upper.length).toBeLessThan(maxBins);
        for (const value of list) {
          const bin = binOf(upper, value);
          for (const [b, end] of upper.entries()) expect(value <= end).toBe(bin <= b);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });
  it('keeps a missing value apart', () => {
    expect(binOf(Float32Array.of(1), Number.NaN)).toBe(MISSING_BIN);
  });
});

describe('learning > trees > findSplit', () => {
  const rules = { l2: 1, minChildWeight: 1, minGain: 0 };

  /** Tries every threshold of every feature, and both sides for missing values, by visiting the rows. */
  function bruteForce(columns: Float32Array[], gradients: Float64Array): number {
    const score = (rows: number[]) => {
      const g = rows.reduce((sum, row) => sum + gradients[2 * row], 0);
      const h = rows.reduce((sum, row) => sum + gradients[2 * row + 1], 0);
      return { h, value: (g * g) / (h + rules.l2) };
    };
    const all = columns[0].length;
    const rows = Array.from({ length: all }, (_, row) => row);
    let best = 0;
    for (const values of columns) {
      for (const threshold of values) {
        for (const missingLeft of [true, false]) {
          const goesLeft = (row: number) => (Number.isNaN(values[row]) ? missingLeft : values[row] <= threshold);
          const left = score(rows.filter(goesLeft));
          const right = score(rows.filter((row) => !goesLeft(row)));
          if (left.h < rules.minChildWeight || right.h < rules.minChildWeight) continue;
          best = Math.max(best, left.value + right.value - score(rows).value);
        }
      }
    }
    return best;
  }

  it('finds the gain that brute force finds', () => {
    const random = new Random(9);
    for (let round = 0; round < 60; round++) {
      const rows = 12 + random.below(20);
      const columns = [0, 1].map(() =>
        Float32Array.from({ length: rows }, () => (random.below(5) === 0 ? Number.NaN : random.below(8))),
      );
      const gradients = Float64Array.from({ length: 2 * rows }, (_, i) =>
        i % 2 ? 0.5 + random.uniform() : random.uniform() - 0.5,
      );
      const binned = binMatrix({ rows, dense: columns.map((values) => ({ name: 'x', values })), indexed: [] }, 255);
      const histogram = new Float64Array(2 * FEATURE_STRIDE);
      const order = Int32Array.from({ length: rows }, (_, row) => row);
      addRows(histogram, binned, gradients, order, 0, rows);
      const sum = (offset: number) => gradients.reduce((total, value, i) => total + (i % 2 === offset ? value : 0), 0);
      const split = findSplit(histogram, binned, Uint8Array.of(1, 1), sum(0), sum(1), rules);
      expect(split?.gain ?? 0).toBeCloseTo(bruteForce(columns, gradients), 7);
    }
  });
});

describe('learning > trees > TreeGrower', () => {
  it('leaves hold the Newton step of exactly their rows', () => {
    const random = new Random(2);
    const rows = 500;
    const columns = [0, 1, 2].map(() =>
      Float32Array.from({ length: rows }, () => (random.below(6) ? random.uniform() : Number.NaN)),
    );
    const matrix = { rows, dense: columns.map((values) => ({ name: 'x', values })), indexed: [] };
    const gradients = Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 ? 1 : random.uniform() - 0.5));
    const rules = { depth: 4, learningRate: 0.3, l2: 2, minChildWeight: 3, minGain: 0 };
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    const { tree, leaves } = new TreeGrower(binMatrix(matrix, 32), rules).grow(
      gradients,
      order,
      Uint8Array.of(1, 1, 1),
    );
    expect(leaves.length).toBeGreaterThan(8);
    expect(leaves.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(rows);
    const values = predictValue({ kind: 'trees', task: 'REGRESSION', base: 0, features: [], trees: [tree] }, matrix);
    for (const { node, start, end } of leaves) {
      const members = Array.from(order.subarray(start, end));
      const g = members.reduce((sum, row) => sum + gradients[2 * row], 0);
      expect(members.length).toBeGreaterThanOrEqual(rules.minChildWeight);
      expect(tree.value[node]).toBeCloseTo((-g / (members.length + rules.l2)) * rules.learningRate, 6);
      for (const row of members) expect(values[row]).toBe(tree.value[node]);
    }
  });
});

describe('learning > trees > gradientBoostedTrees', () => {
  const train = (columns: Float32Array[], labels: Uint8Array, given: Record<string, number>) => {
    const matrix = { rows: labels.length, dense: columns.map((values, i) => ({ name: `x${i}`, values })), indexed: [] };
    const parameters = readParameters('x', gradientBoostedTrees.parameters, { minChildWeight: 0.5, ...given });
    const training = gradientBoostedTrees.start({ task: 'BINARY_CLASSIFICATION', matrix, labels, seed: 1 }, parameters);
    while (!training.done) training.step();
    const model = training.model() as TreesModel;
    return { model, values: predictValue(model, matrix) };
  };

  it('learns what no single feature shows (exclusive or)', () => {
    const random = new Random(1);
    const a = Float32Array.from({ length: 400 }, () => random.uniform());
    const b = Float32Array.from({ length: 400 }, () => random.uniform());
    const labels = Uint8Array.from(a, (value, i) => (value > 0.5 === b[i] > 0.5 ? 0 : 1));
    const { values } = train([a, b], labels, { trees: 40, depth: 3 });
    const wrong = labels.filter((label, i) => values[i] > 0 !== (label === 1)).length;
    expect(wrong).toBeLessThan(8);
  });
  it('learns from the fact that a value is missing, also when nothing else varies', () => {
    const x = Float32Array.from({ length: 100 }, (_, i) => (i % 2 ? Number.NaN : 3));
    const { values } = train(
      [x],
      Uint8Array.from({ length: 100 }, (_, i) => i % 2),
      { trees: 10 },
    );
    expect(values[1]).toBeGreaterThan(1);
    expect(values[0]).toBeLessThan(-1);
  });
  it('stops early and keeps the best length', () => {
    const random = new Random(6);
    const noise = Float32Array.from({ length: 300 }, () => random.uniform());
    const labels = Uint8Array.from({ length: 300 }, () => random.below(2));
    const { model } = train([noise], labels, { trees: 200, stoppingRounds: 5, stoppingFraction: 0.3 });
    expect(model.trees.length).toBeLessThan(50);
  });
  it('is a constant when there is nothing to split on', () => {
    const { model, values } = train([new Float32Array(10)], Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0, 0), { trees: 3 });
    expect(model.trees[0].feature).toEqual(Int32Array.of(-1));
    expect(values[0]).toBeCloseTo(Math.log(0.25), 5);
  });
});

import fc from 'fast-check';
import { auc } from './auc';

describe('evaluation > auc', () => {
  it.each([
    ['a perfect order', [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], 1],
    ['a perfect order turned round', [1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], 0],
    ['three of four pairs right', [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.75],
    ['one constant score', [0, 1, 0, 1, 1], [0.3, 0.3, 0.3, 0.3, 0.3], 0.5],
    // Pairs: (0.5, 0.5) half, (0.5, 0.2) 1, (0.9, 0.5) 1, (0.9, 0.2) 1.
    ['a tie across classes', [0, 0, 1, 1], [0.5, 0.2, 0.5, 0.9], 0.875],
  ])('judges %s', (_, labels, scores, expected) => {
    expect(auc(labels, scores)).toBeCloseTo(expected, 14);
  });

  it.each([
    ['without rows', [], []],
    ['with one class only', [1, 1], [0.1, 0.2]],
    ['when a score is NaN', [0, 1], [Number.NaN, 0.2]],
  ])('is undefined %s', (_, labels, scores) => {
    expect(auc(labels, scores)).toBeNaN();
  });

  it('refuses labels and scores of different length', () => {
    expect(() => auc([1], [])).toThrow('1 labels and 0 predictions');
  });

  it('equals the count over all pairs', () => {
    const row = fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 12 }) });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
        const positives = rows.filter((r) => r.label === 1);
        const negatives = rows.filter((r) => r.label === 0);
        let wins = 0;
        for (const p of positives)
          for (const n of negatives) wins += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
        const byPairs = wins / (positives.length * negatives.length);
        const byRanks = auc(
          rows.map((r) => r.label),
          rows.map((r) => r.score),
        );
        if (Number.isNaN(byPairs)) expect(byRanks).toBeNaN();
        else expect(byRanks).toBeCloseTo(byPairs, 12);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

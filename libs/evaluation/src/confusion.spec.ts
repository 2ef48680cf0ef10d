import { accuracy, confusion, f1, precision, recall } from './confusion';

describe('evaluation > confusion', () => {
  const counts = confusion([1, 1, 1, 0, 0, 0, 0], [0.9, 0.5, 0.1, 0.6, 0.2, 0.49, 0], 0.5);
  it('counts a probability at the threshold as a call', () => {
    expect(counts).toEqual({ truePositives: 2, falsePositives: 1, trueNegatives: 3, falseNegatives: 1 });
  });
  it('gives the four ratios', () => {
    expect([accuracy(counts), precision(counts), recall(counts), f1(counts)]).toEqual([5 / 7, 2 / 3, 2 / 3, 2 / 3]);
  });
  it('leaves ratios without a denominator undefined', () => {
    const silent = confusion([0, 0], [0, 0]);
    expect([accuracy(silent), precision(silent), recall(silent), f1(silent)]).toEqual([1, NaN, NaN, NaN]);
  });
});

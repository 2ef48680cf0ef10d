import { evaluateClassification, evaluateRegression } from './evaluate';
import { meanAbsoluteError, rootMeanSquaredError } from './regression-errors';

describe('evaluation > regression errors', () => {
  it('equal values computed by hand', () => {
    expect(rootMeanSquaredError([1, 2, 3], [1, 4, 0])).toBeCloseTo(Math.sqrt(13 / 3), 15);
    expect(meanAbsoluteError([1, 2, 3], [1, 4, 0])).toBeCloseTo(5 / 3, 15);
  });
});

describe('evaluation > evaluateClassification', () => {
  it('names every metric', () => {
    const metrics = evaluateClassification([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
    expect(metrics).toMatchObject({ rows: 4, positiveRate: 0.5, auc: 0.75, accuracy: 0.75, precision: 1, recall: 0.5 });
    expect(metrics.meanProbability).toBeCloseTo(0.4125, 12);
    expect(metrics.brier).toBeCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, 12);
  });
  it('leaves out what is undefined on these rows', () => {
    const metrics = evaluateClassification([0, 0], [0.1, 0.4]);
    expect(metrics).not.toHaveProperty('auc');
    expect(metrics).not.toHaveProperty('precision');
    expect(metrics).toHaveProperty('logLoss');
  });
});

describe('evaluation > evaluateRegression', () => {
  it('names every metric', () => {
    expect(evaluateRegression([1, 3], [2, 2])).toEqual({ rows: 2, meanLabel: 2, meanPrediction: 2, rmse: 1, mae: 1 });
  });
});

import { brierScore } from './brier-score';
import { calibration } from './calibration';
import { logLoss } from './log-loss';

describe('evaluation > logLoss', () => {
  it('is log 2 for a coin', () => {
    expect(logLoss([0, 1, 1], [0.5, 0.5, 0.5])).toBeCloseTo(Math.LN2, 15);
  });
  it('equals a value computed by hand', () => {
    expect(logLoss([1, 0], [0.8, 0.4])).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 15);
  });
  it('stays finite for a certain mistake', () => {
    expect(logLoss([1], [0])).toBeCloseTo(-Math.log(1e-15), 10);
    expect(logLoss([0], [1])).toBeCloseTo(-Math.log(1e-15), 0);
  });
  it('is undefined without rows', () => {
    expect(logLoss([], [])).toBeNaN();
  });
});

describe('evaluation > brierScore', () => {
  it('equals a value computed by hand', () => {
    expect(brierScore([1, 0, 1], [0.8, 0.4, 0])).toBeCloseTo((0.04 + 0.16 + 1) / 3, 15);
  });
});

describe('evaluation > calibration', () => {
  it('compares what was said with what came true, bin by bin', () => {
    const { expectedError, bins } = calibration([0, 1, 1, 0, 1], [0.1, 0.3, 0.7, 0.9, 1], 2);
    expect(bins).toEqual([
      { from: 0, to: 0.5, count: 2, predicted: 0.2, observed: 0.5 },
      { from: 0.5, to: 1, count: 3, predicted: expect.closeTo(2.6 / 3, 12), observed: expect.closeTo(2 / 3, 12) },
    ]);
    expect(expectedError).toBeCloseTo((2 * 0.3 + 3 * (0.6 / 3)) / 5, 12);
  });
  it('leaves empty bins without a mean', () => {
    expect(calibration([1], [0.05], 10).bins[5]).toEqual({
      from: 0.5,
      to: 0.6,
      count: 0,
      predicted: null,
      observed: null,
    });
  });
  it('puts the ends into the first and last bin', () => {
    const { bins } = calibration([0, 1], [0, 1], 4);
    expect(bins.map((bin) => bin.count)).toEqual([1, 0, 0, 1]);
  });
  it('is zero when every probability is the rate of its bin', () => {
    expect(calibration([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25]).expectedError).toBe(0);
  });
});

import { logGamma, upperGamma } from './gamma';

/** SciPy 1.17 gave the expected values (gammaln, gammaincc). */
describe('evaluation > numerics > gamma', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [3.7, 1.428072326665388],
    [10, 12.801827480081469],
    [171.3, 708.1149470389971],
    [1e6, 12815504.569147611],
  ])('logGamma(%d)', (x, expected) => {
    expect(logGamma(x) / expected).toBeCloseTo(1, 12);
  });
  it.each([
    [0.5, 0.2, 0.5270892568655381],
    [0.5, 20, 2.5396285894708634e-10],
    [4.5, 4, 0.5341462169096916],
    [4.5, 60, 1.336164776532522e-21],
    [50, 40, 0.9296649333406051],
    [50, 120, 1.6008226793344963e-13],
    [500, 520, 0.18469114909874365],
  ])('upperGamma(%d, %d)', (a, x, expected) => {
    expect(upperGamma(a, x) / expected).toBeCloseTo(1, 10);
  });
  it('is whole at zero and nothing at infinity', () => {
    expect([upperGamma(3, 0), upperGamma(3, Number.POSITIVE_INFINITY)]).toEqual([1, 0]);
  });
});

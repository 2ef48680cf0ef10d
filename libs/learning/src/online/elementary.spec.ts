import { Random } from '../random';
import { exp, log, normalBelow, sigmoid } from './elementary';

describe('learning > online > elementary', () => {
  const random = new Random(1);
  const numbers = Array.from({ length: 20_000 }, () => (random.uniform() - 0.5) * 1400);

  it('agrees with the engine to the last bits, over the whole range', () => {
    for (const x of [0, -0, 1, -1, 1e-300, -1e-9, ...numbers, ...numbers.map((x) => x / 1000)]) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(4.5e-16);
      const positive = Math.exp(x / 2);
      expect(Math.abs(log(positive) - Math.log(positive))).toBeLessThanOrEqual(2.3e-16 * Math.abs(Math.log(positive)));
    }
  });

  it('stays finite, and lets NaN be NaN', () => {
    expect([exp(1e9), exp(-1e9), log(0), log(-5), log(5e-324)].every(Number.isFinite)).toBe(true);
    expect([exp(Number.NaN), log(Number.NaN), log(Number.POSITIVE_INFINITY)]).toEqual([NaN, NaN, Infinity]);
    expect([sigmoid(0), sigmoid(1e9) < 1, sigmoid(-1e9) > 0]).toEqual([0.5, true, true]);
  });

  it('knows the normal distribution', () => {
    const known = [
      [0, 0.5],
      [1, 0.8413447460685429],
      [-1.959963984540054, 0.025],
      [3, 0.9986501019683699],
      [-8, 6.2e-16],
    ];
    for (const [z, below] of known) expect(Math.abs(normalBelow(z) - below)).toBeLessThan(1.5e-7);
  });
});

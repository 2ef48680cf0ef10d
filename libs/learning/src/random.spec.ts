import { Random } from './random';

describe('learning > Random', () => {
  it('gives the numbers of the published generator', () => {
    const random = Random.fromState([1, 2, 3, 4]);
    expect(Array.from({ length: 4 }, () => random.uint32())).toEqual([11520, 0, 5927040, 70819200]);
  });
  it('gives the same numbers for the same seed and stream, and others for another', () => {
    const draw = (seed: number, stream?: number) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(draw(7, 3)).toEqual(draw(7, 3));
    const many = [draw(7), draw(7, 1), draw(7, 2), draw(8), draw(2 ** 40), draw(2 ** 40 + 7)];
    expect(new Set(many.map(String)).size).toBe(many.length);
  });
  it('spreads evenly', () => {
    const random = new Random(42);
    const counts = new Float64Array(10);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(27.9);
    for (let i = 0; i < 1000; i++) expect(random.uniform()).toBeLessThan(1);
  });
  it('shuffles every element to some place', () => {
    const shuffled = new Random(1).shuffle(Int32Array.from({ length: 100 }, (_, i) => i));
    expect([...shuffled].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([...shuffled]).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
  it.each([-1, 1.5, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed)).toThrow('A seed is a whole number');
  });
});

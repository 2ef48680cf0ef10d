import fc from 'fast-check';
import { normal, seeded, shuffled } from '../fixtures/seeded';
import { QuantileSketch } from './quantile-sketch';

const sketchOf = (values: readonly number[], error = 0.01, buckets = 2048) => {
  const sketch = new QuantileSketch(error, buckets);
  for (const value of values) sketch.add(value);
  return sketch;
};
const bytes = (sketch: QuantileSketch) => JSON.stringify(sketch.state());
const anyValue = fc.oneof(
  fc.double({ min: -5, max: 1e12, noNaN: true }),
  fc.constantFrom(0, 1e-12, 1e300, NaN, Infinity),
);

describe('evaluation > sketches > QuantileSketch', () => {
  it('keeps every quantile within its relative error', () => {
    const uniform = seeded(3);
    for (const error of [0.005, 0.01, 0.05]) {
      const values = Array.from({ length: 20_000 }, () => Math.exp(2.5 * normal(uniform) - 3));
      const sketch = sketchOf(values, error, 4096);
      const sorted = Float64Array.from(values).sort();
      for (let q = 0; q <= 1; q += 0.001) {
        const exact = sorted[Math.floor(q * (sorted.length - 1))];
        expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(error * exact * (1 + 1e-9));
      }
    }
  });

  it('has one state for the same values in any order and any tree of merges', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyValue, { maxLength: 12 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(1, 3, 20, 2048),
        fc.nat(),
        (parts, buckets, seed) => {
          const uniform = seeded(seed);
          const whole = bytes(sketchOf(shuffled(parts.flat(), uniform), 0.02, buckets));
          let sketches = parts.map((part) => sketchOf(part, 0.02, buckets));
          while (sketches.length > 1) {
            const [a, b, ...rest] = shuffled(sketches, uniform);
            a.merge(QuantileSketch.fromState(JSON.parse(bytes(b))));
            sketches = [a, ...rest];
          }
          expect(bytes(sketches[0])).toBe(whole);
        },
      ),
      { seed: 4, numRuns: 1000 },
    );
  });

  it('never holds more buckets than allowed, and stays right above what was folded', () => {
    const values = Array.from({ length: 1000 }, (_, i) => 1.1 ** i);
    const sketch = sketchOf(values, 0.01, 500);
    expect(sketch.state().counts).toHaveLength(500);
    expect(sketch.state().counts.reduce((a, b) => a + b)).toBe(1000);
    for (const q of [0.92, 0.99, 1]) {
      const exact = values[Math.floor(q * 999)];
      expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(0.0100001);
    }
  });

  it('counts what is no latency', () => {
    const sketch = sketchOf([Number.NaN, Number.POSITIVE_INFINITY, -2, 0, 3]);
    expect(sketch.state()).toMatchObject({ count: 3, invalid: 2, zeros: 2, minimum: -2, maximum: 3 });
    expect([sketch.quantile(0), sketch.quantile(1)]).toEqual([-2, 3]);
    expect(sketch.quantile(0.5)).toBe(0);
    expect(sketch.mean()).toBeCloseTo(1 / 3, 15);
  });

  it('says NaN without values', () => {
    expect(new QuantileSketch().quantile(0.5)).toBeNaN();
    expect(new QuantileSketch().state()).toMatchObject({ count: 0, minimum: null, maximum: null, counts: [] });
  });

  it('refuses impossible settings and foreign sketches', () => {
    expect(() => new QuantileSketch(1)).toThrow('relative error 1');
    expect(() => new QuantileSketch(0.01).merge(new QuantileSketch(0.02))).toThrow('do not merge');
  });
});

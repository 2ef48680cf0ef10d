import fc from 'fast-check';
import { ExactSum } from './exact-sum';

const sumOf = (values: readonly number[]) => {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum;
};
/** The same sum in whole units of 2^-1074. */
const unitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
  return (bits >> 63n === 1n ? -1n : 1n) * (mantissa << (exponent === 0n ? 0n : exponent - 1n));
};
const unitsOfState = ([sign = 1, first = 0, ...chunks]: readonly number[]) =>
  BigInt(sign) * chunks.reduce((sum, chunk, i) => sum + (BigInt(chunk) << BigInt(32 * (first + i))), 0n);

describe('evaluation > sums > ExactSum', () => {
  it.each([
    ['nothing', [], 0],
    ['what cancels', [1e100, 1, -1e100], 1],
    ['tenths', Array(10).fill(0.1), 1],
    ['the smallest numbers', [5e-324, 5e-324], 1e-323],
    ['a negative total', [-3, 1.5], -1.5],
    ['minus zero', [-0], 0],
  ])('adds %s without rounding', (_, values, expected) => {
    expect(sumOf(values).value()).toBe(expected);
  });

  it('holds exactly the sum of the given doubles, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 40 }), (values) => {
        const units = values.map(unitsOf).reduce((a, b) => a + b, 0n);
        expect(unitsOfState(sumOf(values).state())).toBe(units);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('has one state for one sum: order, grouping and storage do not show', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 });
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const whole = JSON.stringify(sumOf([...c, ...b, ...a]).state());
        const left = sumOf(a);
        left.merge(sumOf(b));
        left.merge(ExactSum.fromState(JSON.parse(JSON.stringify(sumOf(c).state()))));
        expect(JSON.stringify(left.state())).toBe(whole);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('carries before a chunk can round', () => {
    const sum = new ExactSum();
    for (let i = 0; i < 2 ** 21 + 3; i++) sum.add(1 - 2 ** -53);
    expect(unitsOfState(sum.state())).toBe(unitsOf(1 - 2 ** -53) * BigInt(2 ** 21 + 3));
  });
});

import { normalTail, twoSidedZ } from './normal';

/** SciPy 1.17 gave the expected values (norm.sf, norm.ppf). */
describe('evaluation > numerics > normal', () => {
  it.each([
    [0, 0.5],
    [1.5, 0.06680720126885806],
    [-1.5, 0.9331927987311419],
    [6, 9.865876450376946e-10],
  ])('normalTail(%d)', (z, tail) => {
    expect(normalTail(z) / tail).toBeCloseTo(1, 10);
  });
  it.each([
    [0.5, 0.6744897501960817],
    [0.95, 1.959963984540054],
    [0.999, 3.290526731491907],
  ])('twoSidedZ(%d)', (share, z) => {
    expect(twoSidedZ(share)).toBeCloseTo(z, 10);
  });
});

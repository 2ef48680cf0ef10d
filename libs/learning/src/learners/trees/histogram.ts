import type { BinnedMatrix } from './bins';

/** Numbers of one feature in a histogram: 256 bins x (gradient, hessian). */
export const FEATURE_STRIDE = 512;

/** Adds the gradients of `rows[start..end)` to the bins. `gradients` holds (gradient, hessian) per row. */
export function addRows(
  histogram: Float64Array,
  { bins, width }: BinnedMatrix,
  gradients: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) {
    const row = rows[i];
    const gradient = gradients[2 * row];
    const hessian = gradients[2 * row + 1];
    const from = row * width;
    for (let f = 0, offset = 0; f < width; f++, offset += FEATURE_STRIDE) {
      const cell = offset + 2 * bins[from + f];
      histogram[cell] += gradient;
      histogram[cell + 1] += hessian;
    }
  }
}

/** parent -= child: what is left is the other child, without visiting its rows. */
export function subtract(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i] -= child[i];
}

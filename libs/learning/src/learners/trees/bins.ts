import type { DenseColumn, Matrix } from '../../features/matrix';

/** Bin of a missing value; values have the bins 0 to 254. */
export const MISSING_BIN = 255;
export const MAX_BINS = 255;

/** One feature cut into bins: bin b holds the values <= upper[b] that are > upper[b - 1]; the last bin has no upper end. */
export interface FeatureBins {
  readonly upper: Float32Array;
  readonly hasMissing: boolean;
}

/** A matrix as one byte per value, row by row: the bins of a row lie in one cache line, also when rows are visited out of order. */
export interface BinnedMatrix {
  readonly rows: number;
  readonly width: number;
  readonly bins: Uint8Array;
  readonly features: readonly FeatureBins[];
}

export function binMatrix(matrix: Matrix, maxBins: number): BinnedMatrix {
  const width = matrix.dense.length;
  const bins = new Uint8Array(matrix.rows * width);
  const features = matrix.dense.map((column, f) => {
    const feature = findBins(column, maxBins);
    column.values.forEach((value, row) => {
      bins[row * width + f] = binOf(feature.upper, value);
    });
    return feature;
  });
  return { rows: matrix.rows, width, bins, features };
}

/** Distinct values get a bin each while they fit; otherwise bins of about equal count, where a frequent value fills its own. */
export function findBins({ values }: DenseColumn, maxBins: number): FeatureBins {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < sorted.length; i++) {
    if (distinct.length > 0 && sorted[i] === distinct[distinct.length - 1]) counts[counts.length - 1]++;
    else {
      distinct.push(sorted[i]);
      counts.push(1);
    }
  }
  const upper: number[] = [];
  let remaining = sorted.length;
  let inBin = 0;
  for (let i = 0; i < distinct.length - 1; i++) {
    inBin += counts[i];
    const binsLeft = maxBins - upper.length;
    const valuesLeft = distinct.length - i - 1;
    const full = inBin >= remaining / binsLeft || valuesLeft < binsLeft;
    if (!full || binsLeft <= 1) continue;
    upper.push(between(distinct[i], distinct[i + 1]));
    remaining -= inBin;
    inBin = 0;
  }
  return { upper: Float32Array.from(upper), hasMissing: sorted.length < values.length };
}

/** Binary search for the first bin whose upper end is not below the value. */
export function binOf(upper: Float32Array, value: number): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  let low = 0;
  let high = upper.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= upper[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A float32 t with a <= t < b, half way where there is room. */
function between(a: number, b: number): number {
  const half = Math.fround(a + (b - a) / 2);
  return half < b ? half : a;
}

import type { NumericColumn } from '../table/table';

/** Mean and 1 / standard deviation over the present values (Welford 1962), as float32. A constant or empty column has scale 0. */
export function fitStandardised(column: NumericColumn): { mean: number; scale: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of column.values) {
    if (Number.isNaN(value)) continue;
    const distance = value - mean;
    mean += distance / ++count;
    squares += distance * (value - mean);
  }
  const deviation = count > 0 ? Math.sqrt(squares / count) : 0;
  return { mean: Math.fround(mean), scale: deviation > 0 ? Math.fround(1 / deviation) : 0 };
}

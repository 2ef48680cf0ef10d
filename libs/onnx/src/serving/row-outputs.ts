import type { FeatureValue, SignatureOutput } from '@millrace/contracts';
import { type ColumnData, type ElementType, getValue } from '../session/tensor-columns';

export type RowOutputs = Readonly<Record<string, FeatureValue>>;

/**
 * What a session gave for each row, as the fields of a response.
 *
 * @param columns by name in the graph, `rows * width` values each.
 * @returns one per row; null where an output is no answer: NaN, infinity, or an integer beyond 2^53.
 */
export function outputsOf(
  outputs: readonly SignatureOutput[],
  columns: ReadonlyMap<string, ColumnData>,
  rows: number,
): (Record<string, FeatureValue> | null)[] {
  const pairs = outputs.map((output) => ({ output, column: columns.get(output.name)! }));
  return Array.from({ length: rows }, (_, index) => {
    const row: Record<string, FeatureValue> = {};
    for (const { output, column } of pairs) {
      const value = outputValue(output, column, index);
      if (value === null) return null;
      row[output.field] = value;
    }
    return row;
  });
}

function outputValue(output: SignatureOutput, column: ColumnData, row: number): FeatureValue {
  const type = output.type as Exclude<SignatureOutput['type'], 'UNKNOWN'>;
  const one = (index: number): number | string | boolean | null => {
    try {
      const value = getValue(column, index, type);
      return isReal(type) && !Number.isFinite(value) ? null : value;
    } catch {
      return null;
    }
  };
  if (output.width === 1) return one(row);
  const values = Array.from({ length: output.width }, (_, index) => one(row * output.width + index));
  return values.includes(null) ? null : (values as number[]);
}

/** Types that can say NaN and infinity, which are no answer. */
const isReal = (type: ElementType): boolean => type === 'FLOAT' || type === 'DOUBLE';

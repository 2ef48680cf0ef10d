import type { FeatureValue, SignatureInput } from '@millrace/contracts';
import { allocateColumn, type ColumnData, setValue, type TensorInfo } from '../session/tensor-columns';

/**
 * Puts the features of some requests into the columns that a session takes, one per input of the graph.
 *
 * @param tensors inputs of the loaded graph, in its order.
 * @param inputs inputs of the signature; their `field` is the name of the request field.
 */
export function columnsOf(
  tensors: readonly TensorInfo[],
  inputs: readonly SignatureInput[],
  rows: readonly Readonly<Record<string, FeatureValue>>[],
): Map<string, ColumnData> {
  const fields = new Map(inputs.map((input) => [input.name, input.field]));
  return new Map(
    tensors.map((tensor) => {
      const field = fields.get(tensor.name) ?? tensor.name;
      const column = allocateColumn(tensor, rows.length);
      for (let row = 0; row < rows.length; row++) fill(column, tensor, row, rows[row]![field] ?? null);
      return [tensor.name, column];
    }),
  );
}

function fill(column: ColumnData, tensor: TensorInfo, row: number, value: FeatureValue): void {
  if (tensor.width === 1) {
    setValue(column, row, value as number | string | boolean | null);
    return;
  }
  const values = value as readonly (number | string | boolean)[];
  for (let index = 0; index < tensor.width; index++) setValue(column, row * tensor.width + index, values[index]!);
}

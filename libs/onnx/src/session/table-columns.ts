import { type Column, columnOf, type InputProfile, type Table } from '@millrace/learning';
import type { ColumnData } from './tensor-columns';

/** A training table as the inputs of its packaged model, the rows from `start` up to `end`: what a caller would have sent. */
export function columnsOfTable(
  inputs: readonly Pick<InputProfile, 'name' | 'kind'>[],
  table: Table,
  start: number,
  end: number,
): Map<string, ColumnData> {
  return new Map(inputs.map(({ name, kind }) => [name, columnData(columnOf(table, name, kind), start, end)]));
}

function columnData(column: Column, start: number, end: number): ColumnData {
  switch (column.kind) {
    case 'NUMBER':
      return Float32Array.from(column.values.subarray(start, end));
    case 'CATEGORY':
      return Array.from(column.codes.subarray(start, end), (code) => column.categories[code] ?? '');
    case 'TIME':
      return BigInt64Array.from(Array.from(column.values.subarray(start, end), BigInt));
  }
}

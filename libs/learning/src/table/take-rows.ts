import type { Column, Table } from './table';

/** The rows at `indices`, in that order; dictionaries are shared, not copied. */
export function takeRows(table: Table, indices: Int32Array): Table {
  return {
    rows: indices.length,
    columns: new Map([...table.columns].map(([name, column]) => [name, takeColumn(column, indices)])),
    eventTime: table.eventTime && take(table.eventTime, indices, new Float64Array(indices.length)),
    labels: table.labels && takeLabels(table.labels, indices),
  };
}

function takeColumn(column: Column, indices: Int32Array): Column {
  if (column.kind === 'CATEGORY') {
    return { ...column, codes: take(column.codes, indices, new Int32Array(indices.length)) };
  }
  if (column.kind === 'NUMBER' && column.values instanceof Float32Array) {
    return { ...column, values: take(column.values, indices, new Float32Array(indices.length)) };
  }
  return { ...column, values: take(column.values, indices, new Float64Array(indices.length)) };
}

function takeLabels(labels: Uint8Array | Float64Array, indices: Int32Array): Uint8Array | Float64Array {
  return labels instanceof Uint8Array
    ? take(labels, indices, new Uint8Array(indices.length))
    : take(labels, indices, new Float64Array(indices.length));
}

function take<T extends { [index: number]: number }>(from: ArrayLike<number>, indices: Int32Array, into: T): T {
  for (let i = 0; i < indices.length; i++) into[i] = from[indices[i]];
  return into;
}

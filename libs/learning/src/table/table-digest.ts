import { createHash, type Hash } from 'node:crypto';
import type { Column, Table } from './table';

/** Hex SHA-256 over column names, kinds, values (their little-endian bytes), event time and labels: equal tables have equal digests. */
export function tableDigest(table: Table): string {
  const hash = createHash('sha256').update(`rows ${table.rows}\n`);
  for (const name of [...table.columns.keys()].sort()) {
    hash.update(`${JSON.stringify(name)}\n`);
    addColumn(hash, table.columns.get(name) as Column);
  }
  if (table.eventTime) addArray(hash.update('event time\n'), table.eventTime);
  if (table.labels) addArray(hash.update('labels\n'), table.labels);
  return hash.digest('hex');
}

function addColumn(hash: Hash, column: Column): void {
  if (column.kind === 'CATEGORY') {
    hash.update(`${JSON.stringify(column.categories)}\n`);
    addArray(hash, column.codes);
  } else {
    addArray(hash.update(`${column.kind}\n`), column.values);
  }
}

function addArray(hash: Hash, values: Float64Array | Float32Array | Int32Array | Uint8Array): void {
  hash.update(`${values.BYTES_PER_ELEMENT}\n`);
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

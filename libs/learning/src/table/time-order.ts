import type { Table } from './table';
import { takeRows } from './take-rows';

/** The table sorted by event time; rows of the same instant keep their order. A table without time is returned as it is. */
export function inTimeOrder(table: Table): Table {
  const time = table.eventTime;
  if (!time || isAscending(time)) return table;
  const order = Int32Array.from({ length: table.rows }, (_, row) => row);
  order.sort((a, b) => time[a] - time[b] || a - b);
  return takeRows(table, order);
}

/** At most `limit` rows, evenly spread over the table: row floor(i * rows / limit) for each i. */
export function spreadSample(table: Table, limit: number): Table {
  if (table.rows <= limit) return table;
  return takeRows(
    table,
    Int32Array.from({ length: limit }, (_, i) => Math.floor((i * table.rows) / limit)),
  );
}

function isAscending(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] < values[i - 1]) return false;
  return true;
}

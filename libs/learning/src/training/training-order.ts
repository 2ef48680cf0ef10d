import { Random } from '../random';
import type { Table } from '../table/table';
import { takeRows } from '../table/take-rows';
import { inTimeOrder } from '../table/time-order';

const ORDER_STREAM = 2_000_000;

/** By event time; where there is none, shuffled by the seed, so that a sorted file does not sort the folds. */
export function inTrainingOrder(table: Table, seed: number): Table {
  if (table.eventTime) return inTimeOrder(table);
  const order = Int32Array.from({ length: table.rows }, (_, row) => row);
  return takeRows(table, new Random(seed, ORDER_STREAM).shuffle(order));
}

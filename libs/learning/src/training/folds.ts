import { LearningError } from '../learning-error';
import type { Table } from '../table/table';

/** Row numbers to learn from and to be judged on. */
export interface Fold {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}

/**
 * Folds of a table in training order (see {@link inTrainingOrder}).
 *
 * With event time: forward chaining (Tashman 2000). The rows are cut into folds + 1 blocks of time; fold i learns from blocks
 * 0 to i and is judged on block i + 1, so no fold sees its future. Rows of one instant stay in one block.
 * Without: ordinary folds; fold i is judged on block i of folds and learns from the rest.
 */
export function foldsOf(table: Table, count: number): Fold[] {
  const folds = table.eventTime ? forwardFolds(table.eventTime, count) : plainFolds(table.rows, count);
  const empty = folds.findIndex((fold) => fold.training.length === 0 || fold.validation.length === 0);
  if (empty >= 0) {
    const message = `${table.rows} rows are too few for ${count} folds: fold ${empty} is empty. Give more rows or fewer folds.`;
    throw new LearningError('LEARNING_TOO_FEW_ROWS', message);
  }
  return folds;
}

function forwardFolds(time: Float64Array, count: number): Fold[] {
  const cuts = Array.from({ length: count + 2 }, (_, block) => {
    let cut = Math.floor((block * time.length) / (count + 1));
    while (cut > 0 && cut < time.length && time[cut] === time[cut - 1]) cut++;
    return cut;
  });
  return Array.from({ length: count }, (_, fold) => ({
    training: range(0, cuts[fold + 1]),
    validation: range(cuts[fold + 1], cuts[fold + 2]),
  }));
}

function plainFolds(rows: number, count: number): Fold[] {
  return Array.from({ length: count }, (_, fold) => {
    const start = Math.floor((fold * rows) / count);
    const end = Math.floor(((fold + 1) * rows) / count);
    const training = Int32Array.from({ length: rows - (end - start) }, (_, i) => (i < start ? i : i + end - start));
    return { training, validation: range(start, end) };
  });
}

const range = (start: number, end: number): Int32Array =>
  Int32Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);

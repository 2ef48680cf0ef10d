import type { FeatureSpec, TrainingPlan } from '@millrace/contracts';
import { type LoadedTable, loadTable, type TableColumn } from '@millrace/data';
import { type Column, LearningError, type Table, type TimeColumn, takeRows } from '@millrace/learning';

export interface LoadedPart {
  readonly table: Table;
  /** Rows without a target or without a time, which cannot be learned from; they are left out. */
  readonly leftOut: number;
}

/**
 * One Parquet file of a data set as the learning library takes it: a column per feature under the feature's name, labels
 * (1 where the target exceeds the threshold), and the order of time.
 *
 * @param inTimeOrder rows stand in order of event time (`JobAssigned.inTimeOrder`).
 * @throws DataError TABLE_COLUMN_UNKNOWN, DATA_FILE_UNREADABLE; LearningError LEARNING_PLAN_INVALID
 */
export async function loadTrainingTable(path: string, plan: TrainingPlan, inTimeOrder: boolean): Promise<LoadedPart> {
  const names = [...new Set([plan.target.column, ...plan.features.map((feature) => feature.column)])];
  return trainingTable(await loadTable(path, names), plan, inTimeOrder);
}

export function trainingTable(loaded: LoadedTable, plan: TrainingPlan, inTimeOrder: boolean): LoadedPart {
  const target = numbersOf(loaded.columns.get(plan.target.column), `Target ${plan.target.column}`);
  const columns = new Map(
    plan.features.map((spec) => [spec.name, featureColumn(spec, loaded.columns.get(spec.column))]),
  );
  const times = [...columns.values()].filter((column) => column.kind === 'TIME');
  const usable = Int32Array.from(usableRows(loaded.rows, [target, ...times.map((time) => time.values)]));
  const whole = { rows: loaded.rows, columns, labels: labelsOf(target, plan.target.threshold) };
  const table = usable.length === loaded.rows ? whole : takeRows(whole, usable);
  return { table: inTimeOrder ? withTime(table) : table, leftOut: loaded.rows - usable.length };
}

function featureColumn({ name, column, kind }: FeatureSpec, loaded: TableColumn | undefined): Column {
  switch (kind) {
    case 'NUMBER':
      return { kind, values: numbersOf(loaded, `Feature ${name}`) };
    case 'CATEGORY':
      if (loaded?.kind === 'category') return { kind, codes: loaded.codes, categories: loaded.categories };
      return refuse(`Feature ${name} is a CATEGORY, but column ${column} holds no text: make it a NUMBER or a TIME.`);
    case 'TIME':
      if (loaded?.kind === 'timestamp' || loaded?.kind === 'number')
        return { kind, values: loaded.values.map(Math.floor) };
      return refuse(`Feature ${name} is a TIME, but column ${column} holds text: make it a CATEGORY.`);
    default:
      return refuse(`Feature ${name} is of kind ${kind}; there are NUMBER, CATEGORY and TIME.`);
  }
}

function numbersOf(loaded: TableColumn | undefined, what: string): Float64Array {
  if (loaded?.kind === 'number') return loaded.values;
  return refuse(`${what} must be a column of numbers.`);
}

function labelsOf(target: Float64Array, threshold: number | null): Uint8Array | Float64Array {
  return threshold === null ? target : Uint8Array.from(target, (value) => (value > threshold ? 1 : 0));
}

function* usableRows(rows: number, needed: readonly Float64Array[]): Generator<number> {
  for (let row = 0; row < rows; row++) if (needed.every((values) => Number.isFinite(values[row]))) yield row;
}

/**
 * The event time itself is not always a feature. The order of the rows says all that folds need, so the row's number stands
 * for its time, unless a feature is the time that the file is sorted by: then rows of one instant stay in one fold.
 */
function withTime(table: Table): Table {
  const eventTime = [...table.columns.values()].find(
    (column): column is TimeColumn => column.kind === 'TIME' && isAscending(column.values),
  );
  return { ...table, eventTime: eventTime?.values ?? Float64Array.from({ length: table.rows }, (_, row) => row) };
}

const isAscending = (values: Float64Array): boolean =>
  values.every((value, row) => row === 0 || value >= values[row - 1]);

function refuse(message: string): never {
  throw new LearningError('LEARNING_PLAN_INVALID', message);
}

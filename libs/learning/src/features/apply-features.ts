import { type CategoricalColumn, columnOf, type NumericColumn, type Table, type TimeColumn } from '../table/table';
import { CALENDAR_PARTS, type CalendarPart, calendarPart } from './calendar';
import { translateCodes } from './count-categories';
import type { FittedStep } from './feature-step';
import type { DenseColumn, IndexedColumn, Matrix } from './matrix';

/** What the ONNX graph computes from the same inputs, in the same float32 steps. */
export function applyFeatures(steps: readonly FittedStep[], table: Table): Matrix {
  const columns = steps.map((step) => applyStep(step, table));
  return {
    rows: table.rows,
    dense: columns.filter((column): column is DenseColumn => 'values' in column),
    indexed: columns.filter((column): column is IndexedColumn => 'indices' in column),
  };
}

export function applyStep(step: FittedStep, table: Table): DenseColumn | IndexedColumn {
  const { name } = step;
  switch (step.kind) {
    case 'number':
      return { name, values: Float32Array.from(columnOf(table, step.input, 'NUMBER').values) };
    case 'standardised':
      return { name, values: standardise(columnOf(table, step.input, 'NUMBER'), step) };
    case 'target-encoding':
      return {
        name,
        values: lookUp(columnOf(table, step.input, 'CATEGORY'), step.categories, step.values, step.unseen),
      };
    case 'one-hot': {
      const other = step.categories.length;
      const indices = translateCodes(columnOf(table, step.input, 'CATEGORY'), step.categories, other);
      return { name, size: other + 1, indices };
    }
    case 'calendar':
      return calendarColumn(name, columnOf(table, step.input, 'TIME'), step.part, step.as);
  }
}

type Standardised = Extract<FittedStep, { kind: 'standardised' }>;

function standardise(column: NumericColumn, { mean, scale, limit = Number.POSITIVE_INFINITY }: Standardised) {
  return Float32Array.from(column.values, (value) => {
    const scaled = Math.fround(Math.fround(value) - mean) * scale;
    return Number.isNaN(scaled) ? 0 : Math.min(limit, Math.max(-limit, scaled));
  });
}

function lookUp(
  column: CategoricalColumn,
  categories: readonly string[],
  values: readonly number[],
  unseen: number,
): Float32Array {
  const table = [...values, unseen];
  return Float32Array.from(translateCodes(column, categories, values.length), (index) => table[index]);
}

function calendarColumn(
  name: string,
  column: TimeColumn,
  part: CalendarPart,
  as: 'number' | 'one-hot',
): DenseColumn | IndexedColumn {
  const { first, size } = CALENDAR_PARTS[part];
  if (as === 'number') return { name, values: Float32Array.from(column.values, (ms) => calendarPart(part, ms)) };
  return { name, size, indices: Int32Array.from(column.values, (ms) => calendarPart(part, ms) - first) };
}

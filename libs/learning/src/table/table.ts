import { LearningError } from '../learning-error';

/** Numbers; NaN is a missing value. */
export interface NumericColumn {
  readonly kind: 'NUMBER';
  readonly values: Float64Array | Float32Array;
}

/** Strings as codes into a dictionary; code -1 is a missing value, which stands for the empty string everywhere. */
export interface CategoricalColumn {
  readonly kind: 'CATEGORY';
  readonly codes: Int32Array;
  readonly categories: readonly string[];
}

/** Whole milliseconds since 1970-01-01T00:00 on the clock of the data (no zone is applied); never missing. */
export interface TimeColumn {
  readonly kind: 'TIME';
  readonly values: Float64Array;
}

export type Column = NumericColumn | CategoricalColumn | TimeColumn;

/** Rows as typed arrays, one per column. All arrays have `rows` elements. */
export interface Table {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
  /** When each row happened, in milliseconds; absent only where the source has no time. */
  readonly eventTime?: Float64Array;
  /** 0 or 1 for classification, any finite number for regression. */
  readonly labels?: Uint8Array | Float64Array;
}

export function columnOf<K extends Column['kind']>(table: Table, name: string, kind: K): Extract<Column, { kind: K }> {
  const column = table.columns.get(name);
  if (!column) {
    const known = [...table.columns.keys()].join(', ');
    throw new LearningError('LEARNING_TABLE_INVALID', `The table has no column "${name}"; it has: ${known}.`);
  }
  if (column.kind !== kind) {
    const message = `Column "${name}" is of kind ${column.kind} and was asked for as ${kind}; correct the plan's inputs.`;
    throw new LearningError('LEARNING_TABLE_INVALID', message);
  }
  return column as Extract<Column, { kind: K }>;
}

/** The labels as numbers, or an error that says how to get them. */
export function labelsOf(table: Table): Uint8Array | Float64Array {
  if (!table.labels)
    throw new LearningError('LEARNING_LABEL_INVALID', 'The table has no labels; name the label column.');
  return table.labels;
}

/** Refuses a table whose arrays disagree or whose values break the rules above, and names the column and the row. */
export function checkTable(table: Table): void {
  const refuse = (message: string): never => {
    throw new LearningError('LEARNING_TABLE_INVALID', message);
  };
  const checkLength = (what: string, length: number) => {
    if (length !== table.rows) refuse(`${what} has ${length} values for ${table.rows} rows.`);
  };
  for (const [name, column] of table.columns) {
    const values = column.kind === 'CATEGORY' ? column.codes : column.values;
    checkLength(`Column "${name}"`, values.length);
    if (column.kind === 'CATEGORY') {
      const outside = column.codes.findIndex((code) => code < -1 || code >= column.categories.length);
      if (outside >= 0)
        refuse(`Column "${name}", row ${outside}: code ${column.codes[outside]} is not in the dictionary.`);
    }
    if (column.kind === 'TIME') {
      const broken = column.values.findIndex((value) => !Number.isSafeInteger(value));
      if (broken >= 0) refuse(`Column "${name}", row ${broken}: ${column.values[broken]} is no whole millisecond.`);
    }
  }
  if (table.eventTime) {
    checkLength('The event time', table.eventTime.length);
    const broken = table.eventTime.findIndex((value) => !Number.isFinite(value));
    if (broken >= 0) refuse(`The event time of row ${broken} is ${table.eventTime[broken]}; leave such rows out.`);
  }
  if (table.labels) checkLength('The list of labels', table.labels.length);
}

import type { Matrix } from '../features/matrix';
import type { LinearModel, Model, TreesModel } from './model';
import { leafOf } from './trees/leaf-of';

/** Probability of class 1 for a classification, the number itself for a regression; one per row. */
export function predict(model: Model, matrix: Matrix): Float64Array {
  const values = predictValue(model, matrix);
  return model.task === 'REGRESSION' ? values : values.map(sigmoid);
}

/** Log odds for a classification, the number itself for a regression. */
export function predictValue(model: Model, matrix: Matrix): Float64Array {
  switch (model.kind) {
    case 'constant':
      return new Float64Array(matrix.rows).fill(model.value);
    case 'linear':
      return linearValue(model, matrix);
    case 'trees':
      return treesValue(model, matrix);
  }
}

export const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

function linearValue(model: LinearModel, matrix: Matrix): Float64Array {
  const values = new Float64Array(matrix.rows).fill(model.intercept);
  matrix.dense.forEach((column, position) => {
    const weight = model.dense[position];
    for (let row = 0; row < values.length; row++) values[row] += weight * column.values[row];
  });
  matrix.indexed.forEach((column, position) => {
    const weights = model.indexed[position];
    for (let row = 0; row < values.length; row++) values[row] += weights[column.indices[row]];
  });
  return values;
}

function treesValue(model: TreesModel, matrix: Matrix): Float64Array {
  const columns = matrix.dense.map((column) => column.values);
  const values = new Float64Array(matrix.rows).fill(model.base);
  for (const tree of model.trees) {
    for (let row = 0; row < values.length; row++) values[row] += tree.value[leafOf(tree, columns, row)];
  }
  return values;
}

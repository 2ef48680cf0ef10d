import type { Matrix } from '../../features/matrix';
import type { Problem } from '../learner';
import type { Objective } from './lbfgs';

/** Where each weight stands in the vector that is optimised: intercept, dense weights, then the one-hot blocks. */
export interface WeightLayout {
  readonly size: number;
  readonly dense: number;
  readonly blocks: readonly number[];
}

export function layoutOf(matrix: Matrix): WeightLayout {
  let size = 1 + matrix.dense.length;
  const blocks = matrix.indexed.map((column) => {
    const start = size;
    size += column.size;
    return start;
  });
  return { size, dense: 1, blocks };
}

/**
 * Mean loss + l2 / (2 rows) * |weights|^2; the intercept is not penalised. The loss is the log loss, or half the squared
 * error. Sums run in row order, so the value is the same on every machine.
 */
export function linearObjective({ task, matrix, labels }: Problem, layout: WeightLayout, l2: number): Objective {
  const rows = matrix.rows;
  const values = new Float64Array(rows);
  const residuals = new Float64Array(rows);
  const judge = task === 'REGRESSION' ? squaredError : logLoss;
  return (point, gradient) => {
    computeValues(matrix, layout, point, values);
    let loss = judge(values, labels, residuals);
    computeGradient(matrix, layout, residuals, gradient);
    for (let i = 1; i < point.length; i++) {
      loss += 0.5 * l2 * point[i] * point[i];
      gradient[i] += l2 * point[i];
    }
    for (let i = 0; i < gradient.length; i++) gradient[i] /= rows;
    return loss / rows;
  };
}

type Judge = (values: Float64Array, labels: ArrayLike<number>, residuals: Float64Array) => number;

/** log(1 + e^v) - y v, computed through e^-|v| so that it never overflows. */
const logLoss: Judge = (values, labels, residuals) => {
  let loss = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    const small = Math.exp(-Math.abs(value));
    const probability = value >= 0 ? 1 / (1 + small) : small / (1 + small);
    loss += Math.log1p(small) + (value > 0 ? value : 0) - labels[row] * value;
    residuals[row] = probability - labels[row];
  }
  return loss;
};

const squaredError: Judge = (values, labels, residuals) => {
  let loss = 0;
  for (let row = 0; row < values.length; row++) {
    const residual = values[row] - labels[row];
    loss += 0.5 * residual * residual;
    residuals[row] = residual;
  }
  return loss;
};

function computeValues(matrix: Matrix, layout: WeightLayout, point: Float64Array, values: Float64Array): void {
  values.fill(point[0]);
  matrix.dense.forEach((column, position) => {
    const weight = point[layout.dense + position];
    for (let row = 0; row < values.length; row++) values[row] += weight * column.values[row];
  });
  matrix.indexed.forEach((column, position) => {
    const start = layout.blocks[position];
    for (let row = 0; row < values.length; row++) values[row] += point[start + column.indices[row]];
  });
}

function computeGradient(matrix: Matrix, layout: WeightLayout, residuals: Float64Array, gradient: Float64Array): void {
  gradient.fill(0);
  for (const residual of residuals) gradient[0] += residual;
  matrix.dense.forEach((column, position) => {
    let sum = 0;
    for (let row = 0; row < residuals.length; row++) sum += residuals[row] * column.values[row];
    gradient[layout.dense + position] = sum;
  });
  matrix.indexed.forEach((column, position) => {
    const start = layout.blocks[position];
    for (let row = 0; row < residuals.length; row++) gradient[start + column.indices[row]] += residuals[row];
  });
}

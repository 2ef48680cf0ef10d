import type { JsonValue } from '../../canonical-json';
import type { FeatureStep, Input } from '../../features/feature-step';
import type { Learner, Problem, Training } from '../learner';
import type { LinearModel } from '../model';
import { priorValue } from '../prior';
import { Lbfgs, type LbfgsState } from './lbfgs';
import { layoutOf, linearObjective, type WeightLayout } from './linear-objective';

export type LogisticParameters = {
  readonly l2: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly maxCategories: number;
};

/** Logistic regression with an L2 penalty (least squares with the same penalty for a regression), fitted by L-BFGS. */
export const logisticRegression: Learner<LogisticParameters> = {
  name: 'logistic-regression',
  parameters: {
    l2: { default: 1, min: 0, max: 1e9, meaning: 'Weight of the penalty l2/2 * |weights|^2 against the summed loss' },
    maxIterations: { default: 100, min: 1, max: 10_000, whole: true, meaning: 'Line searches at most' },
    tolerance: { default: 1e-5, min: 1e-12, max: 1, meaning: 'Done when no component of the mean gradient exceeds it' },
    maxCategories: { default: 500, min: 1, max: 10_000, whole: true, meaning: 'Categories with a weight of their own' },
  },
  features: (inputs, { maxCategories }) => inputs.flatMap((input) => stepsOf(input, maxCategories)),
  start(problem, parameters) {
    const layout = layoutOf(problem.matrix);
    const point = new Float64Array(layout.size);
    point[0] = priorValue(problem);
    const objective = linearObjective(problem, layout, parameters.l2);
    return training(problem, layout, parameters, Lbfgs.start(objective, point, parameters.tolerance));
  },
  resume(problem, parameters, state) {
    const layout = layoutOf(problem.matrix);
    const objective = linearObjective(problem, layout, parameters.l2);
    const lbfgs = Lbfgs.resume(objective, state as unknown as LbfgsState, parameters.tolerance);
    return training(problem, layout, parameters, lbfgs);
  },
};

function stepsOf({ name, kind }: Input, maxCategories: number): FeatureStep[] {
  switch (kind) {
    case 'NUMBER':
      return [{ kind: 'standardised', input: name }];
    case 'CATEGORY':
      return [{ kind: 'one-hot', input: name, maxCategories }];
    case 'TIME':
      return [
        { kind: 'calendar', input: name, part: 'hour-of-day', as: 'one-hot' },
        { kind: 'calendar', input: name, part: 'day-of-week', as: 'one-hot' },
      ];
  }
}

function training(problem: Problem, layout: WeightLayout, parameters: LogisticParameters, lbfgs: Lbfgs): Training {
  return {
    get stepsDone() {
      return lbfgs.iterations;
    },
    stepsPlanned: parameters.maxIterations,
    get done() {
      return lbfgs.done || lbfgs.iterations >= parameters.maxIterations;
    },
    step: () => lbfgs.iterate(),
    state: () => lbfgs.state() as unknown as JsonValue,
    model: () => modelOf(problem, layout, lbfgs.point),
  };
}

function modelOf({ task, matrix }: Problem, layout: WeightLayout, point: Float64Array): LinearModel {
  const block = (start: number, size: number) => Float32Array.from(point.subarray(start, start + size));
  return {
    kind: 'linear',
    task,
    intercept: Math.fround(point[0]),
    dense: block(layout.dense, matrix.dense.length),
    indexed: matrix.indexed.map((column, position) => block(layout.blocks[position], column.size)),
  };
}

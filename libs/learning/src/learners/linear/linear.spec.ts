import { Random } from '../../random';
import { sampleProblem } from '../check-learner';
import type { LinearModel } from '../model';
import { readParameters } from '../parameters';
import { Lbfgs } from './lbfgs';
import { layoutOf, linearObjective } from './linear-objective';
import { logisticRegression } from './logistic-regression';

describe('learning > linear > Lbfgs', () => {
  it('finds the minimum of an ill-conditioned quadratic', () => {
    const centre = [1, -2, 3];
    const weights = [1, 100, 1e4];
    const objective = (point: Float64Array, gradient: Float64Array) => {
      point.forEach((value, i) => {
        gradient[i] = weights[i] * (value - centre[i]);
      });
      return point.reduce((sum, value, i) => sum + 0.5 * weights[i] * (value - centre[i]) ** 2, 0);
    };
    const lbfgs = Lbfgs.start(objective, new Float64Array(3), 1e-8);
    for (let i = 0; i < 100 && !lbfgs.done; i++) lbfgs.iterate();
    expect(lbfgs.done).toBe(true);
    for (const [i, value] of lbfgs.point.entries()) expect(value).toBeCloseTo(centre[i], 7);
  });
  it('stops when no step lowers the value', () => {
    const lbfgs = Lbfgs.start((_, gradient) => 0 * gradient.fill(1).length, Float64Array.of(0), 1e-9);
    lbfgs.iterate();
    expect(lbfgs.done).toBe(true);
  });
});

describe('learning > linear > linearObjective', () => {
  it.each(['BINARY_CLASSIFICATION', 'REGRESSION'] as const)('has the gradient that differences show (%s)', (task) => {
    const problem = sampleProblem(task, 50, 2);
    const withBlock = {
      ...problem,
      matrix: {
        ...problem.matrix,
        indexed: [{ name: 'c', size: 3, indices: Int32Array.from({ length: 50 }, (_, i) => i % 3) }],
      },
    };
    const layout = layoutOf(withBlock.matrix);
    const objective = linearObjective(withBlock, layout, 0.7);
    const random = new Random(4);
    const point = Float64Array.from({ length: layout.size }, () => random.uniform() - 0.5);
    const gradient = new Float64Array(layout.size);
    objective(point, gradient);
    const scratch = new Float64Array(layout.size);
    point.forEach((_, i) => {
      const at = (step: number) =>
        objective(
          point.map((value, j) => (j === i ? value + step : value)),
          scratch,
        );
      expect(gradient[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
    });
  });
});

describe('learning > linear > logisticRegression', () => {
  it('gives each category its log odds when nothing is penalised', () => {
    const indices = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
    const problem = {
      task: 'BINARY_CLASSIFICATION' as const,
      matrix: { rows: 8, dense: [], indexed: [{ name: 'c', size: 2, indices }] },
      labels: Uint8Array.of(1, 0, 0, 0, 1, 1, 1, 0),
      seed: 0,
    };
    const parameters = readParameters('x', logisticRegression.parameters, { l2: 0, tolerance: 1e-9 });
    const training = logisticRegression.start(problem, parameters);
    while (!training.done) training.step();
    const { intercept, indexed } = training.model() as LinearModel;
    expect(intercept + indexed[0][0]).toBeCloseTo(Math.log(1 / 3), 5);
    expect(intercept + indexed[0][1]).toBeCloseTo(Math.log(3), 5);
  });
});

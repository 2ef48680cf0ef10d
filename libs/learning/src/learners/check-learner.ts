import type { Matrix } from '../features/matrix';
import { Random } from '../random';
import type { Learner, Problem } from './learner';
import type { Task } from './model';
import { predict } from './predict';
import { prior } from './prior';

/** A problem that every learner can gain on: the value is 2 x0 - x1 + noise; x2 is constant; one block of three categories shifts it. */
export function sampleProblem(task: Task, rows: number, seed: number): Problem {
  const random = new Random(seed);
  const columns = [0, 1, 2].map((f) =>
    Float32Array.from({ length: rows }, () => (f === 2 ? 7 : random.uniform() * 2 - 1)),
  );
  const indices = Int32Array.from({ length: rows }, () => random.below(3));
  const labels = Float64Array.from({ length: rows }, (_, row) => {
    const value = 2 * columns[0][row] - columns[1][row] + indices[row] - 1 + random.uniform() - 0.5;
    return task === 'REGRESSION' ? value : value > 0 ? 1 : 0;
  });
  const matrix: Matrix = {
    rows,
    dense: [...columns, Float32Array.from(indices)].map((values, f) => ({ name: `x${f}`, values })),
    indexed: [],
  };
  return { task, matrix, labels, seed };
}

/** The conformance battery of the family: throws with the rule that a learner breaks. */
export function checkLearner(learner: Learner, parameters: Readonly<Record<string, number>>, task: Task): void {
  const problem = sampleProblem(task, 400, 5);
  const whole = finish(learner, problem, parameters, null);
  demand(whole === finish(learner, problem, parameters, null), 'the same problem gives the same model');
  for (const stop of [0, 1, 3, 7]) {
    demand(whole === finish(learner, problem, parameters, stop), `resumed after step ${stop} it gives the same model`);
  }
  const training = learner.start(problem, parameters);
  while (!training.done) training.step();
  demand(training.stepsDone <= training.stepsPlanned, 'it takes no more steps than planned');
  const learned = error(predict(training.model(), problem.matrix), problem.labels);
  const constant = error(predict(prior.start(problem, {}).model(), problem.matrix), problem.labels);
  demand(learned < 0.7 * constant, `it beats the constant prediction (${learned} against ${constant})`);
  const alone: Problem = {
    ...problem,
    matrix: { rows: 1, dense: firstRow(problem), indexed: [] },
    labels: problem.labels.slice(0, 1),
  };
  demand(finish(learner, alone, parameters, null).length > 0, 'one row does not stop it');
}

/** The model as text, trained in one go or handed on through its state after `stop` steps. */
function finish(
  learner: Learner,
  problem: Problem,
  parameters: Readonly<Record<string, number>>,
  stop: number | null,
): string {
  let training = learner.start(problem, parameters);
  if (stop !== null) {
    for (let step = 0; step < stop && !training.done; step++) training.step();
    training = learner.resume(problem, parameters, JSON.parse(JSON.stringify(training.state())));
  }
  while (!training.done) training.step();
  return JSON.stringify(training.model());
}

const firstRow = ({ matrix }: Problem) =>
  matrix.dense.map(({ name, values }) => ({ name, values: values.slice(0, 1) }));

function error(predictions: Float64Array, labels: ArrayLike<number>): number {
  return predictions.reduce((sum, prediction, row) => sum + (prediction - labels[row]) ** 2, 0);
}

function demand(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`A learner breaks the rule: ${rule}.`);
}

import type { Learner, Problem, Training } from './learner';
import type { ConstantModel } from './model';

/** Log odds of the mean label (kept away from certainty), or the mean itself for a regression; a float32 value. */
export function priorValue({ task, labels }: Pick<Problem, 'task' | 'labels'>): number {
  let sum = 0;
  for (const label of labels) sum += label;
  const mean = labels.length > 0 ? sum / labels.length : 0;
  if (task === 'REGRESSION') return Math.fround(mean);
  const rate = Math.min(1 - 1e-6, Math.max(1e-6, mean));
  return Math.fround(Math.log(rate / (1 - rate)));
}

/** The baseline: says the training rate for every row. Its AUC is 0.5; its log loss is what a model has to beat. */
export const prior: Learner<Record<string, never>> = {
  name: 'prior',
  parameters: {},
  features: () => [],
  start: priorTraining,
  resume: priorTraining,
};

function priorTraining(problem: Problem): Training {
  const model: ConstantModel = { kind: 'constant', task: problem.task, value: priorValue(problem) };
  return { stepsDone: 1, stepsPlanned: 1, done: true, step: () => {}, state: () => null, model: () => model };
}

import type { TrainingPlan as ContractPlan, FeatureSpec } from '@millrace/contracts';
import { type Input, type InputKind, LearningError, type Task, type TrainingPlan } from '@millrace/learning';

const KINDS: ReadonlySet<string> = new Set<InputKind>(['NUMBER', 'CATEGORY', 'TIME']);
const TASKS: ReadonlySet<string> = new Set<Task>(['BINARY_CLASSIFICATION', 'REGRESSION']);

/**
 * The plan of the command as the learning library takes it. Names of learners and of their parameters are the library's
 * own (`trees`, `depth`, `learningRate` ...); what the plan leaves out takes the learner's default.
 *
 * @throws LearningError LEARNING_PLAN_INVALID
 */
export function learningPlan(plan: ContractPlan): TrainingPlan {
  if (!TASKS.has(plan.task)) refuse(`Task ${plan.task} is unknown; there are ${[...TASKS].join(', ')}.`);
  return {
    task: plan.task as Task,
    features: plan.features.map(inputOf),
    candidates: plan.candidates.map(({ name, learner, parameters }) => ({ name, learner, parameters })),
    folds: plan.folds,
    searchRows: plan.searchRows,
    seed: plan.seed,
  };
}

function inputOf({ name, kind, meaning }: FeatureSpec): Input {
  if (!KINDS.has(kind)) refuse(`Feature ${name} is of kind ${kind}; there are ${[...KINDS].join(', ')}.`);
  return { name, kind: kind as InputKind, meaning };
}

function refuse(message: string): never {
  throw new LearningError('LEARNING_PLAN_INVALID', message);
}

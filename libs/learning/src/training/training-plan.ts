import type { Input } from '../features/feature-step';
import { LEARNERS } from '../learners/catalogue';
import type { Learner } from '../learners/learner';
import type { Task } from '../learners/model';
import { readParameters } from '../learners/parameters';
import { LearningError } from '../learning-error';
import { columnOf, type Table } from '../table/table';

/** One learner with its settings; what `parameters` leaves out takes the learner's default. */
export interface Candidate {
  readonly name: string;
  readonly learner: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** Everything besides the table that decides the bytes of the model. */
export interface TrainingPlan {
  readonly task: Task;
  readonly features: readonly Input[];
  readonly candidates: readonly Candidate[];
  /** Cross-validation folds. */
  readonly folds: number;
  /** Rows that the search uses, spread evenly; the refit takes all. */
  readonly searchRows: number;
  readonly seed: number;
}

/** The name under which the constant prediction is scored beside the candidates. */
export const BASELINE = 'baseline';

/** A candidate whose learner is known and whose parameters are complete. */
export interface ReadyCandidate {
  readonly name: string;
  readonly learner: Learner;
  readonly parameters: Readonly<Record<string, number>>;
}

/** Checks the plan against itself and against the table; the first thing that is wrong is refused with its cure. */
export function readPlan(plan: TrainingPlan, table: Table): ReadyCandidate[] {
  const refuse = (message: string): never => {
    throw new LearningError('LEARNING_PLAN_INVALID', message);
  };
  if (plan.features.length === 0) refuse('The plan names no feature; name at least one column to learn from.');
  if (plan.candidates.length === 0) refuse('The plan names no candidate; name at least one learner.');
  if (!Number.isInteger(plan.folds) || plan.folds < 2)
    refuse(`Folds must be a whole number from 2 on; got ${plan.folds}.`);
  if (!Number.isInteger(plan.searchRows) || plan.searchRows < 1)
    refuse(`searchRows must be 1 or more; got ${plan.searchRows}.`);
  const twice = duplicate([...plan.features.map((input) => input.name)]);
  if (twice !== null) refuse(`Two features are called "${twice}"; give each a name of its own.`);
  const twin = duplicate([BASELINE, ...plan.candidates.map((candidate) => candidate.name)]);
  if (twin !== null) refuse(`Candidates need names of their own, and "${BASELINE}" is taken; "${twin}" stands twice.`);
  for (const input of plan.features) columnOf(table, input.name, input.kind);
  return plan.candidates.map((candidate) => {
    const learner = LEARNERS.get(candidate.learner);
    if (!learner)
      return refuse(`There is no learner "${candidate.learner}"; there are ${[...LEARNERS.keys()].join(', ')}.`);
    return {
      name: candidate.name,
      learner,
      parameters: readParameters(candidate.learner, learner.parameters, candidate.parameters),
    };
  });
}

function duplicate(names: readonly string[]): string | null {
  return names.find((name, position) => names.indexOf(name) !== position) ?? null;
}

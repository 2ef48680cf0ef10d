import {
  type DatasetRegistered,
  type DecisionContext,
  NAME_PATTERN,
  type Refusal,
  refusalOf,
  stamp,
  type TrainingPlan,
} from '@millrace/contracts';
import type { DatasetVerdict } from './dataset-verdict';
import type { Run, RunFact } from './run';
import { noFitDataset, type RunDemand } from './run-demand';

const MAX_CANDIDATES = 64;
const MAX_FOLDS = 20;

/**
 * Planned, or refused with the first thing that is wrong.
 *
 * @param dataset null when no such data set is known.
 * @param verdict null when validation has not judged the data set, and the wait for it is over.
 * @param planDigest SHA-256 of the canonical plan, computed by the caller.
 * @param learners what the trainer knows.
 */
export function planRun(
  run: Run,
  command: RunDemand,
  dataset: DatasetRegistered | null,
  verdict: DatasetVerdict | null,
  planDigest: string,
  learners: ReadonlySet<string>,
  context: DecisionContext,
): RunFact[] {
  const refusal = whyNotTrain(run, command, dataset, verdict, learners);
  if (refusal || dataset === null) return refuseRun(command, refusal ?? unknownDataset(command.dataset), context);
  return [
    {
      type: 'RunPlanned',
      data: {
        ...stamp(context),
        run: command.run,
        model: command.model,
        dataset: command.dataset,
        datasetDigest: dataset.digest,
        training: dataset.training.artifact,
        holdOut: dataset.holdOut.artifact,
        plan: command.plan,
        planDigest,
        requestedBy: context.actor,
        verdict: verdict?.verdict ?? null,
      },
    },
  ];
}

export function refuseRun(command: RunDemand, refusal: Refusal, context: DecisionContext): RunFact[] {
  return [
    {
      type: 'RunRefused',
      data: {
        ...refusalOf(context, command.asked, refusal),
        run: command.run,
        model: command.model,
        dataset: command.dataset,
      },
    },
  ];
}

export const unknownDataset = (dataset: string): Refusal => ({
  reasonCode: 'UNKNOWN_DATASET',
  reason: `There is no data set ${dataset}: millrace dataset list names those that exist.`,
});

function whyNotTrain(
  run: Run,
  command: RunDemand,
  dataset: DatasetRegistered | null,
  verdict: DatasetVerdict | null,
  learners: ReadonlySet<string>,
): Refusal | null {
  if (run.status !== 'ABSENT')
    return {
      reasonCode: 'RUN_EXISTS',
      reason: `Run ${command.run} exists already: give the new one an id of its own.`,
    };
  if (!NAME_PATTERN.test(command.model))
    return { reasonCode: 'BAD_NAME', reason: `Model "${command.model}" is not a name: use [a-z][a-z0-9-]{0,62}.` };
  if (command.lacking !== null) return noFitDataset(command.lacking);
  if (!dataset) return unknownDataset(command.dataset);
  if (dataset.training.rows === 0)
    return { reasonCode: 'EMPTY_DATASET', reason: `${command.dataset} has no training rows.` };
  return (
    whyNotFit(command.dataset, verdict) ??
    whyBadPlan(command.plan, new Set(dataset.columns.map((column) => column.name)), learners)
  );
}

function whyNotFit(dataset: string, verdict: DatasetVerdict | null): Refusal | null {
  if (verdict === null) return noVerdict(dataset);
  if (verdict.verdict !== 'REJECTED') return null;
  return {
    reasonCode: 'DATASET_REJECTED',
    reason: `${dataset} was rejected by validation: ${verdict.why} Cut better data, or answer for it: millrace dataset override ${dataset} --reason "...".`,
  };
}

export const noVerdict = (dataset: string): Refusal => ({
  reasonCode: 'VERDICT_PENDING',
  reason: `${dataset} has not been judged by validation yet: ask again, millrace status shows whether validation runs.`,
});

function whyBadPlan(plan: TrainingPlan, columns: ReadonlySet<string>, learners: ReadonlySet<string>): Refusal | null {
  const bad = (reason: string): Refusal => ({ reasonCode: 'BAD_PLAN', reason });
  const missing = [plan.target.column, ...plan.features.map((feature) => feature.column)].filter(
    (name) => !columns.has(name),
  );
  if (missing.length > 0)
    return bad(`The data set has no column ${missing.join(', ')}; it has ${[...columns].join(', ')}.`);
  if (plan.task !== 'BINARY_CLASSIFICATION')
    return bad(`Task ${plan.task} cannot be trained yet; BINARY_CLASSIFICATION can.`);
  if (plan.features.length === 0) return bad('The plan names no feature.');
  if (plan.features.some((feature) => feature.column === plan.target.column))
    return bad(`${plan.target.column} is the target and a feature at once: the model would be told the answer.`);
  if (new Set(plan.features.map((feature) => feature.name)).size < plan.features.length)
    return bad('Two features have the same name.');
  if (plan.candidates.length === 0 || plan.candidates.length > MAX_CANDIDATES)
    return bad(`The plan must name 1 to ${MAX_CANDIDATES} candidates.`);
  if (new Set(plan.candidates.map((candidate) => candidate.name)).size < plan.candidates.length)
    return bad('Two candidates have the same name.');
  const unknown = plan.candidates.find((candidate) => !learners.has(candidate.learner));
  if (unknown) return bad(`Learner ${unknown.learner} is unknown; there are ${[...learners].join(', ')}.`);
  if (plan.folds < 2 || plan.folds > MAX_FOLDS) return bad(`Folds must be 2 to ${MAX_FOLDS}.`);
  if (plan.searchRows < 100) return bad('The search needs at least 100 rows.');
  return null;
}

/** The learners that a worker must know to carry out the plan. */
export const learnersOf = (plan: TrainingPlan | undefined): string[] => [
  ...new Set(plan?.candidates.map((candidate) => candidate.learner) ?? []),
];

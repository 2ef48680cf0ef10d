import {
  type DecisionContext,
  NAME_PATTERN,
  type Refusal,
  refusal,
  type SnapshotPolicy,
  type StartLearner,
  stamp,
} from '@millrace/contracts';
import { type Learner, type LearnerFact, refuseLearner } from './learner';

/** Fewer examples would make more versions than anybody looks at. */
const LEAST_EXAMPLES = 100;

/**
 * @param labelledTopic null when no such endpoint is known.
 * @param planFault what is wrong with the plan; null when a learner can be made of it.
 */
export function startLearner(
  learner: Learner,
  command: StartLearner,
  labelledTopic: string | null,
  planFault: string | null,
  context: DecisionContext,
): LearnerFact[] {
  const why = whyNotStart(learner, command, labelledTopic, planFault);
  if (why || labelledTopic === null) return refuseLearner(command.learner, 'StartLearner', why!, context);
  return [{ type: 'LearnerStarted', data: { ...stamp(context), ...command, labelledTopic, startedBy: context.actor } }];
}

function whyNotStart(
  learner: Learner,
  command: StartLearner,
  labelledTopic: string | null,
  planFault: string | null,
): Refusal | null {
  const { endpoint, major, reportEvery } = command;
  const taken = whyNotName(learner, command.learner);
  if (taken) return taken;
  if (labelledTopic === null)
    return refusal(
      'UNKNOWN_ENDPOINT',
      `There is no endpoint ${endpoint} with major ${major}: millrace endpoint list names those that exist.`,
    );
  const fault =
    Number.isInteger(reportEvery) && reportEvery >= 1
      ? (planFault ?? policyFault(command))
      : `reportEvery is ${reportEvery}; it is a whole number from 1.`;
  return fault === null ? null : refusal('LEARNER_PLAN_INVALID', fault);
}

/** Why no new learner can have this name. */
export function whyNotName(learner: Learner, name: string): Refusal | null {
  if (!NAME_PATTERN.test(name)) return refusal('BAD_NAME', `"${name}" is no name: it takes [a-z][a-z0-9-]{0,62}.`);
  if (learner.status !== 'ABSENT')
    return refusal('LEARNER_EXISTS', `There is a learner ${name} already: choose another name.`);
  return null;
}

function policyFault({ snapshots, plan }: StartLearner): string | null {
  if (snapshots === null) return null;
  const { model, everyExamples, everySeconds, releaseWhenBetterBy }: SnapshotPolicy = snapshots;
  if (!NAME_PATTERN.test(model)) return `"${model}" is no name of a model: it takes [a-z][a-z0-9-]{0,62}.`;
  if (everyExamples === null && everySeconds === null)
    return 'Snapshots are wanted, but never due: give everyExamples, everySeconds or both.';
  if (everyExamples !== null && everyExamples < LEAST_EXAMPLES)
    return `everyExamples is ${everyExamples}; it is a whole number from ${LEAST_EXAMPLES}.`;
  if (everySeconds !== null && everySeconds < 1) return `everySeconds is ${everySeconds}; it is a whole number from 1.`;
  if (releaseWhenBetterBy === null) return null;
  if (!(releaseWhenBetterBy >= 0))
    return `releaseWhenBetterBy is ${releaseWhenBetterBy}; it is a number of nats from 0.`;
  if (plan.releasedOutput === null)
    return 'releaseWhenBetterBy compares with the released model, but the plan names no releasedOutput: name the response field with its probability.';
  return null;
}

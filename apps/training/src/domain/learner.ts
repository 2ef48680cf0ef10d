import {
  type DecisionContext,
  type LearnerRefused,
  type LearnerReported,
  type LearnerStarted,
  type LearnerStopped,
  NAME_PATTERN,
  type Refusal,
  refusalOf,
  type StartLearner,
  type StopLearner,
  stamp,
} from '@millrace/contracts';

export interface Learner {
  readonly status: 'ABSENT' | 'LEARNING' | 'STOPPED';
}

export type LearnerFact =
  | { readonly type: 'LearnerStarted'; readonly data: LearnerStarted }
  | { readonly type: 'LearnerReported'; readonly data: LearnerReported }
  | { readonly type: 'LearnerStopped'; readonly data: LearnerStopped }
  | { readonly type: 'LearnerRefused'; readonly data: LearnerRefused };

export const noLearner = (): Learner => ({ status: 'ABSENT' });

/** The only writer of a learner's state: also used by a rebuild from `training.learners.v1`. */
export function evolveLearner(learner: Learner, fact: LearnerFact): Learner {
  switch (fact.type) {
    case 'LearnerStarted':
      return { status: 'LEARNING' };
    case 'LearnerStopped':
      return { status: 'STOPPED' };
    case 'LearnerReported':
    case 'LearnerRefused':
      return learner;
  }
}

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
  const refusal = whyNotStart(learner, command, labelledTopic, planFault);
  if (refusal || labelledTopic === null) return refuseLearner(command.learner, 'StartLearner', refusal!, context);
  return [{ type: 'LearnerStarted', data: { ...stamp(context), ...command, labelledTopic, startedBy: context.actor } }];
}

export function stopLearner(learner: Learner, { learner: name, reason }: StopLearner, context: DecisionContext) {
  if (learner.status === 'LEARNING')
    return [
      { type: 'LearnerStopped', data: { ...stamp(context), learner: name, reason, by: context.actor } },
    ] satisfies LearnerFact[];
  const refusal =
    learner.status === 'ABSENT'
      ? {
          reasonCode: 'UNKNOWN_LEARNER',
          reason: `There is no learner ${name}: millrace learner list names those that exist.`,
        }
      : { reasonCode: 'LEARNER_STOPPED', reason: `${name} was stopped already.` };
  return refuseLearner(name, 'StopLearner', refusal, context);
}

export function refuseLearner(
  name: string,
  command: string,
  refusal: Refusal,
  context: DecisionContext,
): LearnerFact[] {
  const data = { ...refusalOf(context, `io.millrace.training.${command}`, refusal), learner: name };
  return [{ type: 'LearnerRefused', data }];
}

function whyNotStart(
  learner: Learner,
  { learner: name, endpoint, major, reportEvery }: StartLearner,
  labelledTopic: string | null,
  planFault: string | null,
): Refusal | null {
  if (!NAME_PATTERN.test(name))
    return { reasonCode: 'BAD_NAME', reason: `"${name}" is no name: it takes [a-z][a-z0-9-]{0,62}.` };
  if (learner.status !== 'ABSENT')
    return { reasonCode: 'LEARNER_EXISTS', reason: `There is a learner ${name} already: choose another name.` };
  if (labelledTopic === null)
    return {
      reasonCode: 'UNKNOWN_ENDPOINT',
      reason: `There is no endpoint ${endpoint} with major ${major}: millrace endpoint list names those that exist.`,
    };
  if (!Number.isInteger(reportEvery) || reportEvery < 1)
    return {
      reasonCode: 'LEARNER_PLAN_INVALID',
      reason: `reportEvery is ${reportEvery}; it is a whole number from 1.`,
    };
  return planFault === null ? null : { reasonCode: 'LEARNER_PLAN_INVALID', reason: planFault };
}

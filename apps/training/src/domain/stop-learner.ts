import { type DecisionContext, refusal, type StopLearner, stamp } from '@millrace/contracts';
import { type Learner, type LearnerFact, refuseLearner, unknownLearner } from './learner';

export function stopLearner(
  learner: Learner,
  { learner: name, reason }: StopLearner,
  context: DecisionContext,
): LearnerFact[] {
  if (learner.status === 'LEARNING')
    return [{ type: 'LearnerStopped', data: { ...stamp(context), learner: name, reason, by: context.actor } }];
  const why =
    learner.status === 'ABSENT' ? unknownLearner(name) : refusal('LEARNER_STOPPED', `${name} was stopped already.`);
  return refuseLearner(name, 'StopLearner', why, context);
}

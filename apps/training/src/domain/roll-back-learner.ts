import { type DecisionContext, type Refusal, type RollBackLearner, refusal, stamp } from '@millrace/contracts';
import { type Learner, type LearnerFact, reachedBy, refuseLearner, unknownLearner } from './learner';
import { leaveOut } from './leave-out';

/**
 * A learner forgets what it has learned from an offset on, and goes on behind that: it reads the log again from the first
 * example on and leaves those out.
 *
 * @param nextOffset where it stands; null before its first batch.
 */
export function rollBackLearner(
  learner: Learner,
  { learner: name, to, reason }: RollBackLearner,
  nextOffset: number | null,
  context: DecisionContext,
): LearnerFact[] {
  const reached = reachedBy(learner, nextOffset);
  const why = whyNotRollBack(learner, name, to, reached);
  if (why) return refuseLearner(name, 'RollBackLearner', why, context);
  const leftOut = leaveOut(learner.leftOut, to, reached);
  return [
    {
      type: 'LearnerRolledBack',
      data: { ...stamp(context), learner: name, offset: to, reached, leftOut, reason, by: context.actor },
    },
  ];
}

function whyNotRollBack({ status }: Learner, name: string, to: number, reached: number): Refusal | null {
  if (status === 'ABSENT') return unknownLearner(name);
  if (status === 'STOPPED')
    return refusal('LEARNER_STOPPED', `${name} was stopped: fork it, millrace learner fork ${name} <new> --to ${to}.`);
  if (Number.isInteger(to) && to >= 0 && to < reached) return null;
  const range = reached === 0 ? 'so there is nothing to forget' : `so name an offset from 0 to ${reached - 1}`;
  return refusal('OFFSET_NOT_REACHED', `${name} has learned up to offset ${reached}, ${range}.`);
}

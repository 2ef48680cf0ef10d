import { type DecisionContext, type ForkLearner, type Refusal, refusal, stamp } from '@millrace/contracts';
import { type Learner, type LearnerFact, reachedBy, refuseLearner, unknownLearner } from './learner';
import { leftOutBefore } from './leave-out';
import { whyNotName } from './start-learner';

/**
 * A learner that knows what another one knew at an offset: it has that one's plan and reads the same topic from the first
 * example on, tells nothing before the offset, and its hash at the offset, and learns on. It makes no versions.
 *
 * @param original the learner that it begins as.
 * @param nextOffset where that one stands; null before its first batch.
 */
export function forkLearner(
  learner: Learner,
  command: ForkLearner,
  original: Learner,
  nextOffset: number | null,
  context: DecisionContext,
): LearnerFact[] {
  const { learner: name, from } = command;
  const { started } = original;
  const offset = command.to ?? reachedBy(original, nextOffset);
  const why = whyNotName(learner, name) ?? whyNotFrom(original, command.from, offset, nextOffset);
  if (why || !started) return refuseLearner(name, 'ForkLearner', why ?? unknownLearner(from), context);
  const { endpoint, major, plan, reportEvery, labelledTopic } = started;
  const shared = { endpoint, major, plan, reportEvery, labelledTopic };
  const leftOut = leftOutBefore(original.leftOut, offset);
  return [
    { type: 'LearnerForked', data: { ...stamp(context), learner: name, from, offset, leftOut } },
    {
      type: 'LearnerStarted',
      data: {
        ...stamp({ ...context, version: context.version + 1 }),
        ...shared,
        learner: name,
        snapshots: null,
        startedBy: context.actor,
      },
    },
  ];
}

function whyNotFrom(original: Learner, from: string, offset: number, nextOffset: number | null): Refusal | null {
  if (original.status === 'ABSENT') return unknownLearner(from);
  const reached = reachedBy(original, nextOffset);
  if (Number.isInteger(offset) && offset >= 0 && offset <= reached) return null;
  return refusal(
    'OFFSET_NOT_REACHED',
    `${from} has learned up to offset ${reached}, so it knows nothing of ${offset}: name an offset from 0 to ${reached}.`,
  );
}

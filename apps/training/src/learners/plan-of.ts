import type { LearnerPlan } from '@millrace/contracts';
import { type Input, LearningError, type OnlinePlan, TestThenTrain } from '@millrace/learning';

/** The plan of a command as the learner takes it: what it learns from are fields of the request. */
export function onlinePlanOf({ algorithm, features, parameters, guard, window, detector }: LearnerPlan): OnlinePlan {
  const inputs = features.map(({ name, kind, meaning }) => ({ name, kind, meaning }) as Input);
  return { learner: algorithm, features: inputs, parameters, guard, window, detector };
}

/** What is wrong with a plan, in words; null when a learner can be made of it. */
export function planFault(plan: LearnerPlan): string | null {
  const unknown = plan.features.find(({ kind }) => kind === 'UNKNOWN');
  if (unknown) return `The feature ${unknown.name} is of no kind: NUMBER, CATEGORY or TIME.`;
  try {
    TestThenTrain.start(onlinePlanOf(plan));
    return null;
  } catch (error) {
    if (error instanceof LearningError) return error.message;
    throw error;
  }
}

/** Whether this version of the learners can go on from a state; else the log has to be read again. */
export function isReadable(plan: LearnerPlan, state: Uint8Array): boolean {
  try {
    TestThenTrain.start(onlinePlanOf(plan)).restore(state);
    return true;
  } catch (error) {
    if (error instanceof LearningError) return false;
    throw error;
  }
}

import type { Learner } from './learner';
import { logisticRegression } from './linear/logistic-regression';
import { gradientBoostedTrees } from './trees/gradient-boosted-trees';

/** Learners that a plan may name. */
export const LEARNERS: ReadonlyMap<string, Learner> = new Map(
  [logisticRegression as unknown as Learner, gradientBoostedTrees as unknown as Learner].map((learner) => [
    learner.name,
    learner,
  ]),
);

import { logisticAdaGrad, logisticFtrl } from './logistic/online-logistic-regression';
import type { OnlineLearnerKind } from './online-learner';
import { hoeffdingTree } from './tree/hoeffding-tree';

/** Online learners that a plan may name. */
export const ONLINE_LEARNERS: ReadonlyMap<string, OnlineLearnerKind> = new Map(
  [logisticAdaGrad, logisticFtrl, hoeffdingTree].map((kind) => [kind.name, kind as unknown as OnlineLearnerKind]),
);

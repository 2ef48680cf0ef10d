import type { FeatureStep, Input } from '../../features/feature-step';
import type { Learner, ParameterRules } from '../learner';
import { MAX_BINS } from './bins';
import { Boosting, type TreesParameters } from './boosting';

/** Parameters of the learner, and of the features that it wants. */
export type BoostedTreesParameters = TreesParameters & {
  readonly smoothing: number;
  readonly encodingFolds: number;
  readonly month: number;
  readonly dayOfYear: number;
};

const parameters: ParameterRules<BoostedTreesParameters> = {
  trees: { default: 100, min: 1, max: 5000, whole: true, meaning: 'Trees at most' },
  depth: { default: 6, min: 1, max: 12, whole: true, meaning: 'Splits between the root and a leaf at most' },
  learningRate: { default: 0.1, min: 1e-4, max: 1, meaning: 'Part of each Newton step that is taken' },
  l2: { default: 1, min: 0, max: 1e9, meaning: 'Penalty on leaf values, in the unit of the hessian' },
  minChildWeight: { default: 5, min: 1e-3, max: 1e9, meaning: 'Smallest sum of hessians in a child' },
  minGain: { default: 0, min: 0, max: 1e9, meaning: 'Smallest gain of a split' },
  bins: { default: MAX_BINS, min: 2, max: MAX_BINS, whole: true, meaning: 'Bins per feature at most' },
  rowFraction: { default: 1, min: 0.01, max: 1, meaning: 'Part of the rows that each tree sees' },
  featureFraction: { default: 1, min: 0.01, max: 1, meaning: 'Part of the features that each tree sees' },
  stoppingRounds: {
    default: 0,
    min: 0,
    max: 1000,
    whole: true,
    meaning: 'Stop after so many trees without gain; 0 = never',
  },
  stoppingFraction: { default: 0.1, min: 0.01, max: 0.5, meaning: 'Last part of the rows, kept to judge when to stop' },
  smoothing: { default: 50, min: 0, max: 1e9, meaning: 'Rows of the overall mean that each category is given' },
  encodingFolds: { default: 10, min: 2, max: 100, whole: true, meaning: 'Folds of the out-of-fold encoding' },
  month: { default: 0, min: 0, max: 1, whole: true, meaning: '1 = use the month of times (extrapolates)' },
  dayOfYear: {
    default: 0,
    min: 0,
    max: 1,
    whole: true,
    meaning: '1 = use the day of the year of times (extrapolates)',
  },
};

/** Histogram gradient-boosted trees on numbers, target-encoded categories and clock features. */
export const gradientBoostedTrees: Learner<BoostedTreesParameters> = {
  name: 'gradient-boosted-trees',
  parameters,
  features: (inputs, chosen) => inputs.flatMap((input) => stepsOf(input, chosen)),
  start: (problem, chosen) => new Boosting(problem, chosen),
  resume: (problem, chosen, state) => new Boosting(problem, chosen, state),
};

function stepsOf({ name, kind }: Input, chosen: BoostedTreesParameters): FeatureStep[] {
  switch (kind) {
    case 'NUMBER':
      return [{ kind: 'number', input: name }];
    case 'CATEGORY':
      return [{ kind: 'target-encoding', input: name, smoothing: chosen.smoothing, folds: chosen.encodingFolds }];
    case 'TIME': {
      const parts = ['minute-of-day', 'day-of-week'] as const;
      const extrapolating = [chosen.month ? 'month' : null, chosen.dayOfYear ? 'day-of-year' : null] as const;
      return [...parts, ...extrapolating].flatMap((part) =>
        part ? [{ kind: 'calendar', input: name, part, as: 'number' } as const] : [],
      );
    }
  }
}

import { fingerprintOf } from '../fingerprint';
import type { OnlineLearnerKind } from '../online-learner';
import { RowLayout } from '../rows/row-layout';
import { AdaGrad } from './adagrad';
import { FtrlProximal } from './ftrl-proximal';
import { LogisticLearner } from './logistic-learner';

const SHARED = {
  interceptRate: {
    default: 0.05,
    min: 0,
    max: 1,
    meaning: 'Step of the intercept, always as long: it follows the share of ones as that moves',
  },
  clip: { default: 10, min: 1, max: 1e6, meaning: 'Standardised numbers stay within +- this many standard deviations' },
  bits: {
    default: 16,
    min: 4,
    max: 22,
    whole: true,
    meaning: 'Categories share 2^bits buckets; 16 bytes of memory each',
  },
  hashSeed: { default: 0, min: 0, max: 2 ** 32 - 1, whole: true, meaning: 'Seed of murmur3' },
  vocabulary: {
    default: 10_000,
    min: 2,
    max: 10_000,
    whole: true,
    meaning: 'Categories of an input with a bucket; later ones share a weight',
  },
} as const;

type Shared = { readonly [K in keyof typeof SHARED]: number };
export type AdaGradParameters = Shared & { readonly rate: number; readonly l2: number };
export type FtrlParameters = Shared & {
  readonly alpha: number;
  readonly beta: number;
  readonly l1: number;
  readonly l2: number;
};

/** Logistic regression by AdaGrad. */
export const logisticAdaGrad: OnlineLearnerKind<AdaGradParameters> = {
  name: 'logistic-adagrad',
  parameters: {
    rate: { default: 0.3, min: 1e-6, max: 10, meaning: 'Longest step of a weight' },
    l2: { default: 0, min: 0, max: 10, meaning: 'Weight decay per example that touches the weight' },
    ...SHARED,
  },
  create: (inputs, parameters) =>
    new LogisticLearner(
      new RowLayout(inputs),
      parameters,
      fingerprintOf('logistic-adagrad', inputs, parameters),
      (size) => new AdaGrad(size, parameters.rate, parameters.l2),
    ),
};

/** Logistic regression by FTRL-Proximal; the penalty l1 makes weights exactly 0. */
export const logisticFtrl: OnlineLearnerKind<FtrlParameters> = {
  name: 'logistic-ftrl',
  parameters: {
    alpha: { default: 0.3, min: 1e-6, max: 10, meaning: 'Rate: twice as large, about twice as fast' },
    beta: { default: 1, min: 1e-6, max: 1e6, meaning: 'Keeps the first steps small' },
    l1: { default: 0, min: 0, max: 1e6, meaning: 'A weight stays 0 until its summed gradients exceed this' },
    l2: { default: 0, min: 0, max: 1e6, meaning: 'Pulls weights towards 0' },
    ...SHARED,
  },
  create: (inputs, parameters) =>
    new LogisticLearner(
      new RowLayout(inputs),
      parameters,
      fingerprintOf('logistic-ftrl', inputs, parameters),
      (size) => new FtrlProximal(size, parameters.alpha, parameters.beta, parameters.l1, parameters.l2),
    ),
};

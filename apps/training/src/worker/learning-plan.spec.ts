import type { TrainingPlan } from '@millrace/contracts';
import { learningPlan } from './learning-plan';

const plan = (change: Partial<TrainingPlan> = {}): TrainingPlan => ({
  task: 'BINARY_CLASSIFICATION',
  target: { column: 'delay', threshold: 15, meaning: '' },
  features: [{ name: 'miles', column: 'distance', kind: 'NUMBER', meaning: 'how far', closed: false }],
  candidates: [{ name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 5 } }],
  folds: 3,
  searchRows: 1_000,
  seed: 7,
  ...change,
});

describe('training > worker > learningPlan', () => {
  it('is what the library takes, without target and columns, which made the table', () => {
    expect(learningPlan(plan())).toEqual({
      task: 'BINARY_CLASSIFICATION',
      features: [{ name: 'miles', kind: 'NUMBER', meaning: 'how far' }],
      candidates: [{ name: 'trees', learner: 'gradient-boosted-trees', parameters: { trees: 5 } }],
      folds: 3,
      searchRows: 1_000,
      seed: 7,
    });
  });

  it('refuses what a later version of the contract may bring', () => {
    const refusal = expect.objectContaining({ code: 'LEARNING_PLAN_INVALID' });
    expect(() => learningPlan(plan({ task: 'UNKNOWN' }))).toThrow(refusal);
    const features = [{ name: 'x', column: 'x', kind: 'UNKNOWN' as const, meaning: '', closed: false }];
    expect(() => learningPlan(plan({ features }))).toThrow(refusal);
  });
});

import { LEARNERS } from './catalogue';
import { checkLearner } from './check-learner';
import { readParameters } from './parameters';

const parametersOf = (name: string, given: Record<string, number> = {}) => {
  const learner = LEARNERS.get(name);
  if (!learner) throw new Error(name);
  return { learner, parameters: readParameters(name, learner.parameters, given) };
};

describe('learning > learners', () => {
  it.each([
    ['logistic-regression', {}],
    ['gradient-boosted-trees', { trees: 20, minChildWeight: 1 }],
    ['gradient-boosted-trees', { trees: 20, minChildWeight: 1, rowFraction: 0.6, featureFraction: 0.5 }],
    ['gradient-boosted-trees', { trees: 60, minChildWeight: 1, stoppingRounds: 3, stoppingFraction: 0.2 }],
  ])('%s %j keeps the rules of the family, both tasks', (name, given) => {
    const { learner, parameters } = parametersOf(name, given);
    checkLearner(learner, parameters, 'BINARY_CLASSIFICATION');
    checkLearner(learner, parameters, 'REGRESSION');
  });

  it('refuses a learner that does not learn', () => {
    const { learner, parameters } = parametersOf('gradient-boosted-trees', { trees: 1, learningRate: 1e-4 });
    expect(() => checkLearner(learner, parameters, 'REGRESSION')).toThrow('beats the constant prediction');
  });
});

describe('learning > readParameters', () => {
  it('fills in what is missing', () => {
    expect(parametersOf('gradient-boosted-trees', { depth: 3 }).parameters).toMatchObject({ depth: 3, trees: 100 });
  });
  it.each([
    [{ deep: 1 }, 'there is no parameter "deep"; there are trees'],
    [{ depth: 99 }, 'depth must be a whole number from 1 to 12; got 99'],
    [{ depth: 2.5 }, 'got 2.5'],
    [{ l2: Number.NaN }, 'l2 must be a number from 0'],
    [{ toString: 1 }, 'no parameter "toString"'],
  ])('refuses %j', (given, message) => {
    expect(() => parametersOf('gradient-boosted-trees', given as unknown as Record<string, number>)).toThrow(message);
  });
});

import { betterBy } from './better-by';

const scores = (logLoss: number | null) => ({ accuracy: null, auc: null, logLoss });
const beside = (examples: number, released: number | null, learner: number | null) => ({
  examples,
  released: scores(released),
  learner: scores(learner),
});
const policy = (releaseWhenBetterBy: number | null) => ({
  model: 'm',
  everyExamples: 100,
  everySeconds: null,
  releaseWhenBetterBy,
});

describe('training > domain > betterBy', () => {
  it.each([
    ['beats it by the margin', policy(0.25), beside(1_000, 0.75, 0.5), false, 0.25],
    ['beats it by less', policy(0.3), beside(1_000, 0.75, 0.5), false, null],
    ['is worse', policy(0), beside(1_000, 0.5, 0.75), false, null],
    ['is as good, where that is enough', policy(0), beside(1_000, 0.5, 0.5), false, 0],
    ['was compared on half of the window', policy(0.1), beside(500, 0.75, 0.5), false, 0.25],
    ['was compared on too few', policy(0.1), beside(499, 0.75, 0.5), false, null],
    ['stands in a burst, whose labels may be poison', policy(0.1), beside(1_000, 0.75, 0.5), true, null],
    ['was compared with nothing', policy(0.1), null, false, null],
    ['has no loss yet', policy(0.1), beside(1_000, 0.75, null), false, null],
    ['was not told to', policy(null), beside(1_000, 0.75, 0.5), false, null],
  ])('a learner that %s', (_, given, both, burst, expected) => {
    expect(betterBy(given, { window: 1_000 }, both, burst)).toBe(expected);
  });
});

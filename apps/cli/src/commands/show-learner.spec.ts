import { LearnerReported, LearnerStarted, sampleOf } from '@millrace/contracts';
import { aboutLearner, comparison } from './show-learner';

const started = sampleOf(LearnerStarted) as LearnerStarted;
const scores = (logLoss: number) => ({ accuracy: 0.8, auc: 0.7, logLoss });
const feature = { name: 'origin', column: 'origin', kind: 'CATEGORY' as const, closed: false, meaning: '' };
const latest: LearnerReported = {
  ...(sampleOf(LearnerReported) as LearnerReported),
  offset: 3_000,
  stateHash: 'abc',
  taken: 3_000,
  learned: 2_990,
  refused: { LABEL_MISSING: 0, LABEL_OUT_OF_RANGE: 3, LOSS_BURST: 7 },
  window: 500,
  scores: scores(0.4),
  beside: { examples: 400, released: scores(0.5), learner: scores(0.41) },
  floors: { runningMean: scores(0.6), lastLabels: scores(0.55) },
  errors: { detector: 'adwin', rose: 2, fell: 1, lastChange: 'ROSE', lastOffset: 2_800 },
};
const row = (change: object = {}) => ({
  ...started,
  learner: 'eager',
  labelledTopic: 'serve.e.labelled.v1',
  startedBy: 'ann',
  plan: { ...started.plan, algorithm: 'logistic-ftrl', features: [feature], parameters: { alpha: 0.1 }, guard: {} },
  snapshots: null,
  status: 'LEARNING',
  latest: null,
  guard: {},
  versions: [],
  failedSnapshots: [],
  ...change,
});

describe('cli > learner show', () => {
  it('says what a learner is, in words', () => {
    expect(aboutLearner(row())).toEqual({
      learner: 'eager',
      status: 'LEARNING, started by ann',
      'learns from': 'serve.e.labelled.v1',
      features: 'origin (category)',
      algorithm: 'logistic-ftrl, alpha 0.1',
      examples: 'no report yet',
      snapshots: 'none: it never becomes a version',
    });
  });

  it('says how it stands, what the guard keeps away, and why a snapshot failed', () => {
    const about = aboutLearner(
      row({
        latest,
        forked: { from: 'one', offset: 12 },
        leftOut: [{ from: 100, to: 200 }],
        guard: { BURST: { offset: 2_900, since: Date.UTC(2026, 0, 1) } },
        snapshots: { model: 'm', everyExamples: 500, everySeconds: 60, releaseWhenBetterBy: 0.01 },
        failedSnapshots: [{ offset: 500, reason: 'There is not learned enough.', reasonCode: 'LEARNING_TOO_FEW_ROWS' }],
      }),
    );
    expect(about).toMatchObject({
      'began as': 'one at offset 12',
      'left out': 'offsets 100 to 199',
      examples: '3000 taken, 2990 learned from, not from 3 LABEL_OUT_OF_RANGE, 7 LOSS_BURST',
      guard: 'keeps labels away: BURST since offset 2900 (2026-01-01T00:00:00Z)',
      errors: 'adwin found 2 times larger and 1 times smaller errors; the last time they became larger, at offset 2800',
      snapshots:
        'a version of m every 500 examples and every 60 s, proposed when 0.01 nats better than the released model',
      'last failed snapshot': 'at offset 500: There is not learned enough. (LEARNING_TOO_FEW_ROWS)',
      'state hash': 'abc at offset 3000',
    });
  });

  it('says who stopped it, and why', () => {
    const stopped = { status: 'STOPPED', stoppedBy: 'bob', stoppedAt: Date.UTC(2026, 0, 1), reason: 'enough' };
    expect(aboutLearner(row(stopped)).status).toBe('STOPPED by bob at 2026-01-01T00:00:00Z: enough');
  });

  it('puts the released model and the floors beside it', () => {
    expect(comparison(row())).toEqual([]);
    expect(comparison(row({ latest })).map(({ who, logLoss }) => [who, logLoss])).toEqual([
      ['learner, last 500 examples', 0.4],
      ['released model, the same', 0.5],
      ['mean of all labels so far', 0.6],
      ['mean of the last 100 labels', 0.55],
    ]);
  });
});

import { LearnerSnapshotTaken, sampleOf } from '@millrace/contracts';
import { releaseReason, versionFromLearner } from './version-from-learner';

const scores = (logLoss: number, auc: number | null = null) => ({ accuracy: 0.75, auc, logLoss });
const snapshot = (change: Partial<LearnerSnapshotTaken> = {}): LearnerSnapshotTaken => ({
  ...(sampleOf(LearnerSnapshotTaken) as LearnerSnapshotTaken),
  learner: 'online',
  endpoint: 'late',
  model: 'm',
  offset: 5_000,
  stateHash: 'h',
  learned: 4_900,
  scores: scores(0.5),
  beside: { examples: 1_000, released: scores(0.625, 0.7), learner: scores(0.5) },
  betterBy: 0.125,
  ...change,
});

describe('registry > domain > versionFromLearner', () => {
  it('names learner, offset and hash, and puts both scores beside each other', () => {
    expect(versionFromLearner(snapshot())).toMatchObject({
      model: 'm',
      origin: 'LEARNER',
      run: null,
      learner: { learner: 'online', offset: 5_000, stateHash: 'h' },
      metrics: {
        'prequential.accuracy': 0.75,
        'prequential.logLoss': 0.5,
        'released.accuracy': 0.75,
        'released.auc': 0.7,
        'released.logLoss': 0.625,
      },
      description: 'online after 4900 examples of late, up to offset 5000',
    });
    expect(versionFromLearner(snapshot({ beside: null })).metrics).toEqual({
      'prequential.accuracy': 0.75,
      'prequential.logLoss': 0.5,
    });
  });

  it('gives a reason to propose it only where its policy asks for that', () => {
    expect(releaseReason(snapshot())).toBe(
      'online at offset 5000 beats the released model by 0.1250 nats of log loss on the same 1000 examples.',
    );
    expect(releaseReason(snapshot({ betterBy: null }))).toBeNull();
  });
});

import { SnapshotClock } from './snapshot-clock';

const policy = (everyExamples: number | null, everySeconds: number | null) => ({
  model: 'm',
  everyExamples,
  everySeconds,
  releaseWhenBetterBy: null,
});

describe('training > domain > SnapshotClock', () => {
  it('is due every so many examples', () => {
    const clock = new SnapshotClock(policy(3, null), null);
    const due = Array.from({ length: 7 }, (_, n) => clock.due(n + 1, 0));
    expect(due).toEqual([null, null, 'EXAMPLES', null, null, 'EXAMPLES', null]);
  });

  it('is due when the records are so much newer than at the last snapshot, or at the first example', () => {
    const clock = new SnapshotClock(policy(null, 10), null);
    const times = [5_000, 14_999, 15_000, 24_000, 1_000, 25_000, 60_000];
    expect(times.map((at, n) => clock.due(n + 1, at))).toEqual([
      null,
      null,
      'SECONDS',
      null,
      null,
      'SECONDS',
      'SECONDS',
    ]);
  });

  it('starts the time anew with a snapshot that was due by examples', () => {
    const clock = new SnapshotClock(policy(2, 10), 0);
    expect([clock.due(1, 0), clock.due(2, 9_000), clock.due(3, 18_000), clock.due(5, 19_000)]).toEqual([
      null,
      'EXAMPLES',
      null,
      'SECONDS',
    ]);
  });

  it('goes on from where another process stood', () => {
    const first = new SnapshotClock(policy(null, 10), null);
    first.due(1, 1_000);
    const second = new SnapshotClock(policy(null, 10), first.since);
    expect([second.due(2, 10_000), second.due(3, 11_000), second.since]).toEqual([null, 'SECONDS', 11_000]);
  });

  it('is never due without a policy', () => {
    const clock = new SnapshotClock(null, null);
    expect([clock.due(1, 0), clock.due(1_000_000, 1e15)]).toEqual([null, null]);
  });
});

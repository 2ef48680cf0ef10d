import { assignJobs } from './assign-jobs';
import { type Job, type KnownWorker, MAX_ATTEMPTS } from './job';
import { isStale } from './judge-report';

const NOW = 1_000_000;
const job = (name: string, change: Partial<Job> = {}): Job => ({
  job: name,
  run: name,
  attempt: 0,
  worker: null,
  leaseUntil: 0,
  checkpoint: null,
  lastFailure: null,
  ...change,
});
const worker = (name: string, change: Partial<KnownWorker> = {}): KnownWorker => ({
  worker: name,
  capabilities: ['trees'],
  busyWith: null,
  lastSeen: NOW,
  ...change,
});
const assigned = (jobs: Job[], workers: KnownWorker[], learner = 'trees') =>
  assignJobs(jobs, workers, () => [learner], NOW).map((one) =>
    one.kind === 'assign' ? `${one.job.job}->${one.worker}#${one.attempt}` : `${one.job.job} gives up`,
  );

describe('training > domain > assignJobs', () => {
  it('gives the oldest job to a free worker, one each', () => {
    expect(assigned([job('a'), job('b'), job('c')], [worker('w1'), worker('w2')])).toEqual(['a->w1#1', 'b->w2#1']);
  });

  it('leaves a leased job alone and does not use its holder', () => {
    expect(assigned([job('a', { attempt: 1, worker: 'w1', leaseUntil: NOW + 1 }), job('b')], [worker('w1')])).toEqual(
      [],
    );
  });

  it('takes a job whose lease ran out to the next attempt', () => {
    expect(assigned([job('a', { attempt: 1, worker: 'w1', leaseUntil: NOW - 1 })], [worker('w2')])).toEqual([
      'a->w2#2',
    ]);
  });

  it.each([
    ['busy', { busyWith: 'x' }],
    ['silent', { lastSeen: NOW - 60_000 }],
    ['unable', { capabilities: ['other'] }],
  ])('gives nothing to a worker that is %s', (_, change) => {
    expect(assigned([job('a')], [worker('w1', change)])).toEqual([]);
  });

  it('gives up after too many lost attempts', () => {
    expect(assigned([job('a', { attempt: MAX_ATTEMPTS })], [worker('w1')])).toEqual(['a gives up']);
  });
});

describe('training > domain > isStale', () => {
  const held = job('a', { attempt: 2, worker: 'w2' });
  it.each([
    [{ attempt: 2, worker: 'w2' }, false],
    [{ attempt: 1, worker: 'w1' }, true],
    [{ attempt: 2, worker: 'w1' }, true],
  ])('judges %j as %s', (report, stale) => {
    expect(isStale(held, report)).toBe(stale);
  });
});

import { assign, releaseFailed, renew, whyGivenUp } from './change-lease';
import { type Job, LEASE_MS } from './job';

const NOW = 1_000_000;
const checkpoint = { digest: 'c', size: 1, mediaType: '' };
const job = (change: Partial<Job> = {}): Job => ({
  job: 'j',
  run: 'r',
  attempt: 1,
  worker: 'w',
  leaseUntil: NOW,
  checkpoint: null,
  lastFailure: null,
  ...change,
});

describe('training > domain > changeLease', () => {
  it('assigns to a worker until the lease ends, and keeps the checkpoint of the attempt before', () => {
    expect(assign(job({ checkpoint }), 'w2', 2, NOW)).toEqual(
      job({ checkpoint, worker: 'w2', attempt: 2, leaseUntil: NOW + LEASE_MS }),
    );
  });

  it('renews with every report; one without a checkpoint leaves the last one', () => {
    const renewed = renew(job(), { checkpoint } as never, NOW);
    expect(renewed).toEqual(job({ checkpoint, leaseUntil: NOW + LEASE_MS }));
    expect(renew(renewed, { checkpoint: null } as never, NOW + 1).checkpoint).toBe(checkpoint);
  });

  it('waits longer after each failed attempt, and no longer than half a minute', () => {
    const waits = [1, 2, 3, 7, 100].map(
      (attempt) => releaseFailed(job({ attempt }), { reasonCode: 'X', reason: 'y' } as never, NOW).leaseUntil - NOW,
    );
    expect(waits).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
    expect(releaseFailed(job(), { reasonCode: 'X', reason: 'y' } as never, NOW)).toMatchObject({
      worker: null,
      lastFailure: { reasonCode: 'X', reason: 'y' },
    });
  });

  it('gives up with the last failure, or because workers were lost', () => {
    expect(whyGivenUp(job({ attempt: 8, lastFailure: { reasonCode: 'X', reason: 'y' } }))).toEqual({
      attempt: 8,
      reasonCode: 'X',
      reason: 'y',
    });
    expect(whyGivenUp(job({ attempt: 8 }))).toMatchObject({ attempt: 8, reasonCode: 'WORKER_LOST' });
  });
});
